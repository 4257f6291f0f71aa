//! A pod on a node goes when its kubelet has ended it; one that is on none goes at once.
use super::cluster::{Cluster, PODS};
use serde_json::json;
use strait_scenarios::kubernetes::Request;

#[test]
fn graceful_deletion_waits_for_the_kubelet() {
    let mut cluster = Cluster::new();
    let pod = |name: &str| json!({"metadata": {"name": name}, "spec": {"containers": [{"name": "a", "image": "a"}]}});
    cluster.create(PODS, &pod("nowhere"));
    cluster.create(PODS, &pod("somewhere"));
    cluster.run_pod("somewhere", 1);
    cluster.delete(&format!("{PODS}/nowhere"));
    cluster.delete(&format!("{PODS}/somewhere"));
    assert_eq!(cluster.names(PODS), ["somewhere"]);
    let metadata = cluster.get(&format!("{PODS}/somewhere"))["metadata"].clone();
    assert_eq!(metadata["deletionGracePeriodSeconds"], 30);
    assert_eq!(metadata["deletionTimestamp"], strait_core::time::Wall(cluster.now.0 + 30_000).rfc3339());
    let of_another = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": "of-another"}});
    let end = |options| Request::with_body("DELETE", &format!("{PODS}/somewhere"), "application/json", options);
    assert_eq!(cluster.ask(end(&of_another)).0, 409);
    assert_eq!(cluster.ask(end(&json!({"gracePeriodSeconds": 0}))).0, 200);
    assert_eq!(cluster.names(PODS), [""; 0]);
}
