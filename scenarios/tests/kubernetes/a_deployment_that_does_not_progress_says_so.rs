//! A deployment whose pods do not become ready says so when its deadline is over, though nothing changes by then.
use super::cluster::Cluster;
use serde_json::Value;

fn progressing(cluster: &mut Cluster) -> Value {
    let deployment = cluster.get("/apis/apps/v1/namespaces/default/deployments/web");
    let conditions = deployment["status"]["conditions"].as_array().unwrap();
    conditions.iter().find(|one| one["type"] == "Progressing").unwrap().clone()
}

#[test]
fn a_deployment_that_does_not_progress_says_so() {
    let mut cluster = Cluster::new();
    cluster.deploy(2);
    assert_eq!(progressing(&mut cluster)["status"], "True");
    let due = cluster.api.next_step().unwrap();
    assert_eq!(due.0, cluster.now.0 + 60_000);
    cluster.now = due;
    cluster.settle();
    let condition = progressing(&mut cluster);
    assert_eq!((&condition["status"], &condition["reason"]), (&"False".into(), &"ProgressDeadlineExceeded".into()));
    cluster.run_pods();
    assert_eq!(progressing(&mut cluster)["reason"], "NewReplicaSetAvailable");
}
