//! Deleting a deployment takes its pods with it, waits for them, or leaves them, as it is told.
use super::{
    cluster::{Cluster, WEB, web, with_each},
    kubelet::meanwhile,
};
use strait_scenarios::kubernetes::Request;

const PODS: &str = "/api/v1/namespaces/default/pods";
const SETS: &str = "/apis/apps/v1/namespaces/default/replicasets";

fn count(cluster: &Cluster, path: &str) -> usize {
    cluster.ask(Request::get(path)).1["items"].as_array().unwrap().len()
}

#[test]
fn deletion_takes_or_leaves_what_is_owned() {
    with_each(|cluster| {
        meanwhile(cluster, || {
            let deploy = || {
                cluster.apply(&web(2, "web:1"));
                cluster.wait_until(WEB, |web| web["status"]["availableReplicas"] == 2);
            };
            deploy();
            cluster.kubectl(&["delete", "deployment", "web", "--cascade=background"]);
            cluster.wait_until(PODS, |pods| pods["items"].as_array().unwrap().is_empty());
            assert_eq!(count(cluster, SETS), 0);

            deploy();
            // It goes last: once `kubectl` has seen it gone, nothing of it is left.
            cluster.kubectl(&["delete", "deployment", "web", "--cascade=foreground"]);
            assert_eq!((count(cluster, SETS), count(cluster, PODS)), (0, 0));

            deploy();
            cluster.kubectl(&["delete", "deployment", "web", "--cascade=orphan"]);
            assert_eq!((count(cluster, SETS), count(cluster, PODS)), (1, 2));
            let sets = cluster.ask(Request::get(SETS)).1;
            assert!(sets["items"][0]["metadata"]["ownerReferences"].as_array().is_none_or(Vec::is_empty), "{sets}");

            // Whoever comes with the same selector takes them over.
            let before = cluster.kubectl(&["get", "pods", "-o", "name"]);
            deploy();
            assert_eq!(cluster.kubectl(&["get", "pods", "-o", "name"]), before);
        });
    });
}

#[test]
fn a_finalizer_holds_an_object() {
    with_each(|cluster| {
        cluster.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: held, finalizers: [example.com/hold]}}");
        cluster.kubectl(&["delete", "configmap", "held", "--wait=false"]);
        let held = cluster.ask(Request::get("/api/v1/namespaces/default/configmaps/held")).1;
        assert!(held["metadata"]["deletionTimestamp"].is_string(), "{held}");
        cluster.kubectl(&["patch", "configmap", "held", "--type", "merge", "-p", r#"{"metadata": {"finalizers": null}}"#]);
        let said = cluster.run(&["get", "configmap", "held"]);
        assert_eq!(said.err, "Error from server (NotFound): configmaps \"held\" not found\n");
    });
}
