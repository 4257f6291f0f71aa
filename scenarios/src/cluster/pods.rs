//! A pod as a workload with its proxy, read from its object alone, as a person would: nothing here asks the core.
use crate::workload::{Spoken, Workload};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use strait_core::resource::MeshName;

/// The container beside the workload.
pub(super) const SIDECAR: &str = "kuma-sidecar";
/// The image of workloads.
const WORKLOAD: &str = "strait-workload";
const MESH: &str = "kuma.io/mesh";

/// What is said of a workload that is a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfPod {
    /// The labels of the pod.
    pub labels: BTreeMap<String, String>,
    /// Its namespace.
    pub namespace: String,
    /// Where it is.
    pub address: String,
}

/// What a pod with a proxy is in a mesh: a workload, or (`None`) a way in for others. Outer `None`: nothing.
pub fn in_mesh(pod: &Value, namespace: &Value) -> Option<Option<Workload>> {
    let containers = || ["initContainers", "containers"].into_iter().filter_map(|of| pod["spec"][of].as_array()).flatten();
    if pod["metadata"]["annotations"]["kuma.io/ingress"] == "enabled" {
        return Some(None);
    }
    containers().find(|one| one["name"] == SIDECAR)?;
    let said = |of: &Value, what: &str| of["metadata"][what][MESH].as_str().map(str::to_owned);
    let mesh = [pod, namespace].into_iter().flat_map(|of| [said(of, "labels"), said(of, "annotations")]).flatten().next();
    let serves = containers().find(|one| one["image"] == WORKLOAD)?;
    let args: Vec<&str> = serves["args"].as_array()?.iter().filter_map(Value::as_str).collect();
    let argument = |named: &str| args.windows(2).find(|pair| pair[0] == named).map(|pair| pair[1]);
    let text = |path: &[&str]| path.iter().fold(pod, |value, name| &value[*name]).as_str().unwrap_or_default().to_owned();
    let labels: BTreeMap<String, String> = pod["metadata"]["labels"]
        .as_object()?
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let account = Some(text(&["spec", "serviceAccountName"])).filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
    Some(Some(Workload {
        mesh: MeshName::new(mesh.as_deref().unwrap_or("default")).ok()?,
        service: labels.get("kuma.io/workload").cloned().unwrap_or(account),
        port: argument("--port")?.parse().ok()?,
        protocol: if argument("--protocol") == Some("tcp") { Spoken::Tcp } else { Spoken::Http },
        gateway: None,
        pod: Some(OfPod { labels, namespace: text(&["metadata", "namespace"]), address: text(&["status", "podIP"]) }),
    }))
}
