//! From one seed, two runs make the same objects, names and uids included; from another seed, other uids.
use super::cluster::{Cluster, PODS};
use serde_json::json;

const ALL: [&str; 4] = [PODS, "/apis/apps/v1/replicasets", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/services"];

fn run(seed: u64) -> Vec<serde_json::Value> {
    let mut cluster = Cluster::seeded(seed);
    cluster.deploy(3);
    cluster.run_pods();
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}});
    cluster.merge("/apis/apps/v1/namespaces/default/deployments/web", &image);
    for _ in 0..5 {
        cluster.settle();
        cluster.pass(1);
        cluster.run_pods();
    }
    ALL.iter().map(|path| cluster.get(path)).collect()
}

#[test]
fn two_runs_are_equal() {
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
