//! `kind: kubernetes` of a zone: it is a cluster, and its workloads are pods, which stand in ordinary manifests.
use super::{Check, Node, tree::Key};
use crate::{
    cluster::{ClusterPlan, PODS, groups},
    workload::ProxyId,
};
use serde_json::Value;
use std::collections::BTreeMap;
use strait_core::{
    resource::{ResourceName, ZoneName},
    sync::Dialect,
};

/// More pods at a time than this no world gets through.
const MOST_PODS: u64 = 200;
/// What only machines have.
const OF_MACHINES: [(&str, &str); 5] = [
    ("proxies", "write pods into manifests"),
    ("ingress", "write a pod with the annotation `kuma.io/ingress: enabled` into manifests"),
    ("forwarders", "its proxies come through the cluster's network"),
    ("count", "give each cluster a name of its own"),
    ("dialect", "the model of Kuma is for machines"),
];

/// Reads those of all zones. Zones are known by now, proxies are not.
pub(super) fn read(zones: &[(&Key, &Node)], check: &mut Check) -> BTreeMap<ZoneName, ClusterPlan> {
    let mut clusters = BTreeMap::new();
    for (key, value) in zones {
        let is_one = value.field("kind").is_some_and(|kind| kind.is("kubernetes"));
        if !is_one {
            for field in ["manifests", "pods"] {
                if let Some(set) = value.field(field) {
                    check.mistake(set.place, format!("only a cluster has `{field}`"), "`kind: kubernetes` makes a zone one");
                }
            }
            continue;
        }
        for (field, help) in OF_MACHINES {
            if let Some(set) = value.field(field) {
                check.mistake(set.place, format!("a zone in Kubernetes has no `{field}`"), help);
            }
        }
        let Ok(zone) = ZoneName::new(&key.text) else { continue };
        if check.zones.get(&zone) != Some(&Dialect::Strait) {
            continue;
        }
        let Some(plan) = plan(value, check) else { continue };
        know(&zone, &plan.manifests, check);
        check.clusters.insert(zone.clone());
        clusters.insert(zone, plan);
    }
    clusters
}

fn plan(zone: &Node, check: &mut Check) -> Option<ClusterPlan> {
    let mut manifests = Vec::new();
    if let Some(listed) = zone.field("manifests") {
        for file in check.items(listed, "`manifests`") {
            manifests.extend(from_file(file, check)?);
        }
    }
    let pods = match zone.field("pods") {
        None => PODS,
        Some(node) => {
            let many = check.number(node, "`pods`")?;
            if !(1..=MOST_PODS).contains(&many) {
                check.mistake(node.place, format!("a cluster has between 1 and {MOST_PODS} pods at a time"), "");
                return None;
            }
            u32::try_from(many).ok()?
        }
    };
    Some(ClusterPlan { manifests, later: Vec::new(), pods })
}

/// From here on steps may name the pods of these objects.
fn know(zone: &ZoneName, objects: &[Value], check: &mut Check) {
    for name in groups(objects) {
        if let Ok(name) = ResourceName::new(&name) {
            check.proxies.insert(ProxyId { zone: zone.clone(), name });
        }
    }
}

/// A step applies these objects.
pub(crate) fn applied(zone: &ZoneName, objects: &[Value], check: &mut Check) {
    know(zone, objects, check);
    check.applied.entry(zone.clone()).or_default().extend_from_slice(objects);
}

/// The objects of a file with manifests, which is found relative to the scenario.
pub(crate) fn from_file(node: &Node, check: &mut Check) -> Option<Vec<Value>> {
    let (path, text) = check.file(node)?;
    let documents: Result<Vec<Value>, _> = serde_saphyr::from_multiple(&text);
    let documents = match documents {
        Ok(documents) => documents,
        Err(error) => {
            let said = error.to_string();
            check.mistake(node.place, format!("{}: {}", path.display(), said.lines().next().unwrap_or_default()), "");
            return None;
        }
    };
    let documents: Vec<Value> = documents.into_iter().filter(|document| !document.is_null()).collect();
    documents.iter().all(|object| is_object(object, node, check)).then_some(documents)
}

/// Whether something can be an object of a cluster at all; what else is wrong with it its API says.
pub(crate) fn is_object(object: &Value, node: &Node, check: &mut Check) -> bool {
    for path in [&["apiVersion"][..], &["kind"], &["metadata", "name"]] {
        let found = path.iter().fold(object, |value, name| &value[*name]);
        if found.as_str().is_none_or(str::is_empty) {
            check.mistake(node.place, format!("an object of a cluster needs `{}`", path.join(".")), "as `kubectl apply` does");
            return false;
        }
    }
    true
}
