//! What objects of a kind must be, beyond what their schema says, and what of them cannot change.
use super::decode;
use crate::kubernetes::{
    failure::Cause,
    object::{at, list, number, text},
    resource::Resource,
    schema::{Problem, check as against_schema},
    selector::Labels,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is wrong with an object that is to take the place of another, or to be new.
pub(super) fn check(resource: &Resource, new: &Value, old: Option<&Value>) -> Vec<Cause> {
    let problems = against_schema(new, &resource.fields);
    if resource.custom {
        return decode::causes(problems);
    }
    let missing = problems.into_iter().filter(|problem| matches!(problem, Problem::Required { .. })).collect();
    let mut causes = decode::causes(missing);
    match resource.id().as_str() {
        "pods" => {
            pod(&new["spec"], "spec", &mut causes);
            if let Some(old) = old {
                pod_change(old, new, &mut causes);
            }
        }
        "deployments.apps" | "replicasets.apps" => workload(new, old, &mut causes),
        "services" => service(new, &mut causes),
        "customresourcedefinitions.apiextensions.k8s.io" => definition(new, &mut causes),
        "configmaps" | "secrets" => {
            if let Some(old) = old.filter(|old| old["immutable"] == true && (old["data"] != new["data"] || new["immutable"] != true)) {
                let field = if old["data"] == new["data"] { "immutable" } else { "data" };
                causes.push(Cause::forbidden(field, "field is immutable when `immutable` is set"));
            }
        }
        "endpointslices.discovery.k8s.io" if old.is_some_and(|old| old["addressType"] != new["addressType"]) => {
            causes.push(Cause::invalid("addressType", &new["addressType"], "field is immutable"));
        }
        _ => {}
    }
    causes
}

fn pod(spec: &Value, path: &str, causes: &mut Vec<Cause>) {
    let containers = list(spec, &["containers"]);
    if spec["containers"].is_array() && containers.is_empty() {
        causes.push(Cause::required(format!("{path}.containers"), ""));
    }
    let volumes: BTreeSet<&str> = list(spec, &["volumes"]).iter().map(|volume| text(volume, &["name"])).collect();
    let mut names = BTreeSet::new();
    for field in ["initContainers", "containers"] {
        for (nth, container) in list(spec, &[field]).iter().enumerate() {
            let at = format!("{path}.{field}[{nth}]");
            let name = text(container, &["name"]);
            if container["name"] == "" {
                causes.push(Cause::required(format!("{at}.name"), ""));
            } else if !names.insert(name) {
                causes.push(Cause::duplicate(format!("{at}.name"), &json!(name)));
            }
            if text(container, &["image"]).is_empty() {
                causes.push(Cause::required(format!("{at}.image"), ""));
            }
            ports(list(container, &["ports"]), &format!("{at}.ports"), "containerPort", causes);
            for (nth, mount) in list(container, &["volumeMounts"]).iter().enumerate() {
                let volume = text(mount, &["name"]);
                if !volumes.contains(volume) {
                    let field = format!("{at}.volumeMounts[{nth}].name");
                    causes.push(Cause { reason: "FieldValueNotFound", field, message: format!("Not found: {volume:?}") });
                }
            }
        }
    }
    let policy = &spec["restartPolicy"];
    const POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];
    if policy.as_str().is_some_and(|policy| !POLICIES.contains(&policy)) {
        causes.push(Cause::unsupported(format!("{path}.restartPolicy"), policy, &POLICIES));
    }
}

fn ports(ports: &[Value], path: &str, field: &str, causes: &mut Vec<Cause>) {
    for (nth, port) in ports.iter().enumerate() {
        if number(port, &[field]).is_some_and(|number| !(1..=65535).contains(&number)) {
            causes.push(Cause::invalid(format!("{path}[{nth}].{field}"), &port[field], "must be between 1 and 65535, inclusive"));
        }
        let protocol = &port["protocol"];
        const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
        if protocol.as_str().is_some_and(|protocol| !PROTOCOLS.contains(&protocol)) {
            causes.push(Cause::unsupported(format!("{path}[{nth}].protocol"), protocol, &PROTOCOLS));
        }
    }
}

/// Of a pod, hardly anything can change.
fn pod_change(old: &Value, new: &Value, causes: &mut Vec<Cause>) {
    let fixed = |pod: &Value| {
        let mut spec = pod["spec"].clone();
        for containers in ["containers", "initContainers"] {
            for container in spec[containers].as_array_mut().into_iter().flatten() {
                container["image"] = Value::Null;
            }
        }
        for field in
            ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers", "schedulingGates", "nodeName"]
        {
            spec[field] = Value::Null;
        }
        spec
    };
    let bound = text(old, &["spec", "nodeName"]);
    let moved = !bound.is_empty() && bound != text(new, &["spec", "nodeName"]);
    if fixed(old) != fixed(new) || moved {
        let rule = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        causes.push(Cause::forbidden("spec", rule));
    }
}

fn workload(new: &Value, old: Option<&Value>, causes: &mut Vec<Cause>) {
    let spec = &new["spec"];
    let selector = &spec["selector"];
    if number(spec, &["replicas"]).is_some_and(|replicas| replicas < 0) {
        causes.push(Cause::invalid("spec.replicas", &spec["replicas"], "must be greater than or equal to 0"));
    }
    if selector.is_object() {
        let selected = Labels::of(selector);
        let labels = at(spec, &["template", "metadata", "labels"]);
        if selected.is_empty() {
            causes.push(Cause::invalid("spec.selector", selector, "empty selector is invalid for deployment"));
        } else if !selected.matches(labels) {
            causes.push(Cause::invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
        }
    }
    if old.is_some_and(|old| old["spec"]["selector"] != *selector) {
        causes.push(Cause::invalid("spec.selector", selector, "field is immutable"));
    }
    let template = &spec["template"]["spec"];
    pod(template, "spec.template.spec", causes);
    if template["restartPolicy"].as_str().is_some_and(|policy| policy != "Always") {
        causes.push(Cause::unsupported("spec.template.spec.restartPolicy", &template["restartPolicy"], &["Always"]));
    }
    let strategy = &spec["strategy"];
    const STRATEGIES: [&str; 2] = ["Recreate", "RollingUpdate"];
    match strategy["type"].as_str() {
        Some("Recreate") if strategy["rollingUpdate"].is_object() => {
            causes.push(Cause::forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"));
        }
        Some(other) if !STRATEGIES.contains(&other) => {
            causes.push(Cause::unsupported("spec.strategy.type", &strategy["type"], &STRATEGIES))
        }
        _ => {}
    }
}

fn service(new: &Value, causes: &mut Vec<Cause>) {
    let spec = &new["spec"];
    let kind = text(spec, &["type"]);
    const KINDS: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    if !KINDS.contains(&kind) {
        causes.push(Cause::unsupported("spec.type", &spec["type"], &KINDS));
    }
    let given = list(spec, &["ports"]);
    if given.is_empty() && kind != "ExternalName" && spec["clusterIP"] != "None" {
        causes.push(Cause::required("spec.ports", ""));
    }
    if kind == "ExternalName" && text(spec, &["externalName"]).is_empty() {
        causes.push(Cause::required("spec.externalName", ""));
    }
    ports(given, "spec.ports", "port", causes);
    let (mut names, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for (nth, port) in given.iter().enumerate() {
        let name = text(port, &["name"]);
        if name.is_empty() && given.len() > 1 {
            causes.push(Cause::required(format!("spec.ports[{nth}].name"), ""));
        } else if !names.insert(name) {
            causes.push(Cause::duplicate(format!("spec.ports[{nth}].name"), &port["name"]));
        }
        if !numbers.insert((text(port, &["protocol"]), number(port, &["port"]))) {
            causes.push(Cause::duplicate(format!("spec.ports[{nth}]"), port));
        }
    }
}

fn definition(new: &Value, causes: &mut Vec<Cause>) {
    let spec = &new["spec"];
    let wanted = format!("{}.{}", text(spec, &["names", "plural"]), text(spec, &["group"]));
    if text(new, &["metadata", "name"]) != wanted {
        let rule = "must be spec.names.plural+\".\"+spec.group";
        causes.push(Cause::invalid("metadata.name", &new["metadata"]["name"], rule));
    }
    const SCOPES: [&str; 2] = ["Cluster", "Namespaced"];
    if spec["scope"].as_str().is_some_and(|scope| !SCOPES.contains(&scope)) {
        causes.push(Cause::unsupported("spec.scope", &spec["scope"], &SCOPES));
    }
    let versions = list(spec, &["versions"]);
    if versions.iter().filter(|version| version["storage"] == true).count() != 1 {
        causes.push(Cause::invalid("spec.versions", &spec["versions"], "must have exactly one version marked as storage version"));
    }
    for (nth, version) in versions.iter().enumerate() {
        if !at(version, &["schema", "openAPIV3Schema"]).is_object() {
            causes.push(Cause::required(format!("spec.versions[{nth}].schema.openAPIV3Schema"), "schemas are required"));
        }
    }
}
