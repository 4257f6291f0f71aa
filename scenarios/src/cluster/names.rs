//! By what steps name the workloads of a cluster: `NAME.NAMESPACE`, where `NAME` is a pod that a manifest has, or a Deployment.
use super::in_mesh;
use crate::workload::ProxyId;
use serde_json::Value;
use std::collections::BTreeSet;
use strait_core::resource::MeshName;

/// All that manifests name: pods, and what makes pods.
pub(crate) fn groups(manifests: &[Value]) -> BTreeSet<String> {
    manifests.iter().filter(|object| matches!(object["kind"].as_str(), Some("Pod" | "Deployment"))).map(named).collect()
}

/// The mesh of the pods that a name means.
pub(crate) fn mesh_named(manifests: &[Value], who: &ProxyId) -> Option<MeshName> {
    let such = |object: &&Value| matches!(object["kind"].as_str(), Some("Pod" | "Deployment")) && named(object) == who.name.as_str();
    let object = manifests.iter().find(such)?;
    let mut pod = if object["kind"] == "Deployment" { object["spec"]["template"].clone() } else { object.clone() };
    pod["metadata"]["namespace"] = object["metadata"]["namespace"].clone();
    let is_its = |one: &&Value| one["kind"] == "Namespace" && one["metadata"]["name"] == object["metadata"]["namespace"];
    let namespace = manifests.iter().find(is_its).cloned().unwrap_or_default();
    in_mesh(&pod, &namespace)?.map(|workload| workload.mesh)
}

fn named(object: &Value) -> String {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    format!("{}.{namespace}", object["metadata"]["name"].as_str().unwrap_or_default())
}

/// Whether a pod is the one that is named, or one of the Deployment that is: those are called `DEPLOYMENT-HASH-SUFFIX`.
pub fn is_meant_by(pod: &ProxyId, named: &ProxyId) -> bool {
    let made_by = || {
        let (name, namespace) = pod.name.as_str().split_once('.')?;
        let (of_set, _) = name.rsplit_once('-')?;
        let (of_deployment, _) = of_set.rsplit_once('-')?;
        Some(format!("{of_deployment}.{namespace}"))
    };
    pod.zone == named.zone && (pod.name == named.name || made_by().is_some_and(|made_by| made_by == named.name.as_str()))
}
