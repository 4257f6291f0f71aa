//! Tables, which the API makes for people: what `kubectl get` prints.
use super::{
    form::{Included, as_version, partial},
    json_path,
    object::{self, at, list, number, text, texts},
    resource::Resource,
};
use serde_json::{Value, json};
use strait_core::time::Wall;

/// A table of these objects.
pub(super) fn table<'a>(
    resource: &Resource,
    objects: impl Iterator<Item = &'a Value>,
    metadata: &Value,
    included: Included,
    now: Wall,
) -> Value {
    let rows: Vec<Value> = objects
        .map(|object| {
            let mut row = json!({"cells": cells(resource, object, now)});
            match included {
                Included::Nothing => {}
                Included::Metadata => row["object"] = partial(object),
                Included::Object => row["object"] = as_version(resource, object),
            }
            row
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": columns(resource), "rows": rows,
    })
}

/// The names of a kind's columns; those after `|` stand in wide tables alone.
fn names(resource: &Resource) -> &'static str {
    match resource.id().as_str() {
        "pods" => "Name,Ready,Status,Restarts,Age|IP,Node,Nominated Node,Readiness Gates",
        "services" => "Name,Type,Cluster-IP,External-IP,Port(s),Age|Selector",
        "namespaces" => "Name,Status,Age",
        "nodes" => "Name,Status,Age|Internal-IP",
        "configmaps" => "Name,Data,Age",
        "secrets" => "Name,Type,Data,Age",
        "serviceaccounts" => "Name,Secrets,Age",
        "events" => "Last Seen,Type,Reason,Object,Message|Source,Count,Name",
        "deployments.apps" => "Name,Ready,Up-to-date,Available,Age|Containers,Images,Selector",
        "replicasets.apps" => "Name,Desired,Current,Ready,Age|Containers,Images,Selector",
        "endpointslices.discovery.k8s.io" => "Name,AddressType,Ports,Endpoints,Age",
        "leases.coordination.k8s.io" => "Name,Holder,Age",
        "customresourcedefinitions.apiextensions.k8s.io" => "Name,Created At",
        _ => "Name,Age",
    }
}

fn columns(resource: &Resource) -> Value {
    if !resource.columns.is_empty() {
        let own = resource.columns.iter().map(|column| {
            json!({
                "name": column["name"], "type": column["type"], "format": text(column, &["format"]),
                "description": text(column, &["description"]), "priority": number(column, &["priority"]).unwrap_or(0),
            })
        });
        return std::iter::once(column("Name", 0)).chain(own).collect();
    }
    let (always, wide) = names(resource).split_once('|').unwrap_or((names(resource), ""));
    let wide = wide.split(',').filter(|name| !name.is_empty());
    always.split(',').map(|name| column(name, 0)).chain(wide.map(|name| column(name, 1))).collect()
}

fn column(name: &str, priority: u8) -> Value {
    let format = if name == "Name" { "name" } else { "" };
    json!({"name": name, "type": "string", "format": format, "description": "", "priority": priority})
}

fn cells(resource: &Resource, object: &Value, now: Wall) -> Value {
    let name = json!(object::name(object));
    let age = json!(age(text(object, &["metadata", "creationTimestamp"]), now));
    if !resource.columns.is_empty() {
        let own = resource.columns.iter().map(|column| {
            let found = json_path::find(object, text(column, &["jsonPath"]));
            if column["type"] == "date" { json!(found.as_str().map_or("<unknown>".to_owned(), |at| self::age(at, now))) } else { found }
        });
        return std::iter::once(name).chain(own).collect();
    }
    let count = |path: &[&str]| number(object, path).unwrap_or(0);
    let entries = |field: &str| object[field].as_object().map_or(0, serde_json::Map::len);
    match resource.id().as_str() {
        "pods" => pod(object, name, age),
        "services" => json!([
            name,
            text(object, &["spec", "type"]),
            or_none(text(object, &["spec", "clusterIP"])),
            external(object),
            or_none(&ports(list(object, &["spec", "ports"]))),
            age,
            or_none(&pairs(at(object, &["spec", "selector"]))),
        ]),
        "namespaces" => json!([name, text(object, &["status", "phase"]), age]),
        "nodes" => {
            let ready = list(object, &["status", "conditions"]).iter().any(|one| one["type"] == "Ready" && one["status"] == "True");
            let address = list(object, &["status", "addresses"]).iter().find(|one| one["type"] == "InternalIP");
            json!([name, if ready { "Ready" } else { "NotReady" }, age, or_none(address.map_or("", |one| text(one, &["address"])))])
        }
        "configmaps" => json!([name, (entries("data") + entries("binaryData")).to_string(), age]),
        "secrets" => json!([name, text(object, &["type"]), entries("data").to_string(), age]),
        "serviceaccounts" => json!([name, list(object, &["secrets"]).len().to_string(), age]),
        "events" => event(object, now),
        "deployments.apps" => {
            let ready = format!("{}/{}", count(&["status", "readyReplicas"]), count(&["spec", "replicas"]));
            let (updated, available) = (count(&["status", "updatedReplicas"]), count(&["status", "availableReplicas"]));
            let [containers, images, selector] = template(object);
            json!([name, ready, updated.to_string(), available.to_string(), age, containers, images, selector])
        }
        "replicasets.apps" => {
            let [containers, images, selector] = template(object);
            let [wished, is, ready] =
                [&["spec", "replicas"], &["status", "replicas"], &["status", "readyReplicas"]].map(|path| count(path).to_string());
            json!([name, wished, is, ready, age, containers, images, selector])
        }
        "endpointslices.discovery.k8s.io" => {
            let ports = list(object, &["ports"]).iter().map(|port| number(port, &["port"]).map_or("*".to_owned(), |port| port.to_string()));
            let addresses = list(object, &["endpoints"]).iter().flat_map(|one| list(one, &["addresses"]));
            let addresses: Vec<&str> = addresses.filter_map(Value::as_str).collect();
            json!([name, object["addressType"], or_unset(&some(&ports.collect::<Vec<_>>())), or_unset(&some(&addresses)), age])
        }
        "leases.coordination.k8s.io" => json!([name, text(object, &["spec", "holderIdentity"]), age]),
        "customresourcedefinitions.apiextensions.k8s.io" => json!([name, text(object, &["metadata", "creationTimestamp"])]),
        _ => json!([name, age]),
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

fn or_unset(text: &str) -> &str {
    if text.is_empty() { "<unset>" } else { text }
}

/// The first three, and how many more there are.
fn some<T: AsRef<str>>(all: &[T]) -> String {
    let shown: Vec<&str> = all.iter().take(3).map(AsRef::as_ref).collect();
    let more = all.len().saturating_sub(3);
    if more == 0 { shown.join(",") } else { format!("{} + {more} more...", shown.join(",")) }
}

fn pairs(labels: &Value) -> String {
    texts(labels, &[]).map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

fn template(object: &Value) -> [String; 3] {
    let containers = list(object, &["spec", "template", "spec", "containers"]);
    let all = |field: &str| containers.iter().map(|one| text(one, &[field])).collect::<Vec<_>>().join(",");
    [all("name"), all("image"), pairs(at(object, &["spec", "selector", "matchLabels"]))]
}

fn ports(ports: &[Value]) -> String {
    let said = ports.iter().map(|port| {
        let node = number(port, &["nodePort"]).filter(|port| *port > 0).map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{node}/{}", number(port, &["port"]).unwrap_or(0), text(port, &["protocol"]))
    });
    said.collect::<Vec<_>>().join(",")
}

fn external(service: &Value) -> String {
    match text(service, &["spec", "type"]) {
        "ExternalName" => text(service, &["spec", "externalName"]).to_owned(),
        "LoadBalancer" => {
            let balancers = list(service, &["status", "loadBalancer", "ingress"]);
            let addresses: Vec<&str> = balancers.iter().map(|one| text(one, &["ip"])).collect();
            if addresses.is_empty() { "<pending>".to_owned() } else { addresses.join(",") }
        }
        _ => "<none>".to_owned(),
    }
}

fn pod(pod: &Value, name: Value, age: Value) -> Value {
    let statuses = list(pod, &["status", "containerStatuses"]);
    let ready = statuses.iter().filter(|status| status["ready"] == true).count();
    let restarts: i64 = statuses.iter().filter_map(|status| number(status, &["restartCount"])).sum();
    let reason = |state: &str| statuses.iter().rev().find_map(|status| status["state"][state]["reason"].as_str());
    let mut status = text(pod, &["status", "reason"]);
    if status.is_empty() {
        status = reason("waiting").or_else(|| reason("terminated")).unwrap_or_else(|| text(pod, &["status", "phase"]));
    }
    if object::is_being_deleted(pod) {
        status = "Terminating";
    }
    json!([
        name,
        format!("{ready}/{}", list(pod, &["spec", "containers"]).len()),
        status,
        restarts.to_string(),
        age,
        or_none(text(pod, &["status", "podIP"])),
        or_none(text(pod, &["spec", "nodeName"])),
        or_none(text(pod, &["status", "nominatedNodeName"])),
        "<none>",
    ])
}

fn event(event: &Value, now: Wall) -> Value {
    let seen = ["lastTimestamp", "eventTime", "firstTimestamp"].into_iter().map(|field| text(event, &[field])).find(|at| !at.is_empty());
    let about = |field| text(event, &["involvedObject", field]);
    json!([
        age(seen.unwrap_or_default(), now),
        text(event, &["type"]),
        text(event, &["reason"]),
        format!("{}/{}", about("kind").to_lowercase(), about("name")),
        text(event, &["message"]).trim(),
        text(event, &["source", "component"]),
        number(event, &["count"]).unwrap_or(1).to_string(),
        object::name(event),
    ])
}

/// How long ago a moment was, as people read it: `5s`, `2m3s`, `7h5m`, `3d4h`.
fn age(at: &str, now: Wall) -> String {
    let Some(at) = object::moment(at) else { return "<unknown>".to_owned() };
    let seconds = now.0.saturating_sub(at.0) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let pair = |large: u64, unit: &str, small: u64, lesser: &str| {
        if small == 0 { format!("{large}{unit}") } else { format!("{large}{unit}{small}{lesser}") }
    };
    match (days, hours, minutes) {
        (0, 0, 0..2) => format!("{seconds}s"),
        (0, 0, 2..10) => pair(minutes, "m", seconds % 60, "s"),
        (0, 0..3, _) => format!("{minutes}m"),
        (0, 3..8, _) => pair(hours, "h", minutes % 60, "m"),
        (0..2, _, _) => format!("{hours}h"),
        (2..8, _, _) => pair(days, "d", hours % 24, "h"),
        (8..730, _, _) => format!("{days}d"),
        _ => pair(days / 365, "y", days % 365, "d"),
    }
}
