//! Of 250 endpoints, the change of one changes one slice.
use super::cluster::{Cluster, PODS};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

fn versions(cluster: &mut Cluster) -> BTreeMap<String, (String, usize)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let slices = cluster.get(SLICES);
    let each = slices["items"].as_array().unwrap().iter();
    each.map(|slice| {
        let metadata = &slice["metadata"];
        (text(&metadata["name"]), (text(&metadata["resourceVersion"]), slice["endpoints"].as_array().unwrap().len()))
    })
    .collect()
}

#[test]
fn endpoints_stay_in_their_slices() {
    let mut cluster = Cluster::new();
    cluster.deploy(250);
    cluster.run_pods();
    let before = versions(&mut cluster);
    assert_eq!(before.len(), 3);
    assert_eq!(before.values().map(|(_, held)| held).sum::<usize>(), 250);
    let one = cluster.names(PODS)[100].clone();
    let not_ready = json!({"status": {"conditions": [{"type": "Ready", "status": "False"}]}});
    cluster.merge(&format!("{PODS}/{one}/status"), &not_ready);
    cluster.settle();
    let after = versions(&mut cluster);
    assert_eq!(before.iter().filter(|(name, version)| after.get(*name) != Some(version)).count(), 1);
}
