//! `kubectl get` prints the tables that the API makes, and selects by labels and fields.
use super::{
    cluster::{WEB, web, with_each},
    kubelet::meanwhile,
};

#[test]
fn get_prints_tables_and_selects() {
    with_each(|cluster| {
        meanwhile(cluster, || {
            cluster.apply(&web(2, "web:1"));
            cluster.wait_until(WEB, |web| web["status"]["availableReplicas"] == 2);
            let words = |text: String| -> Vec<Vec<String>> {
                text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
            };
            let table = words(cluster.kubectl(&["get", "deployments"]));
            assert_eq!(table[0], ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]);
            assert_eq!(table[1][..4], ["web", "2/2", "2", "2"]);
            let table = words(cluster.kubectl(&["get", "pods", "-o", "wide", "-l", "app=web"]));
            assert_eq!(table[0][..7], ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE"]);
            assert_eq!(table[1][1..4], ["1/1", "Running", "0"]);
            assert_eq!(table.len(), 3);
            let services = cluster.kubectl(&["get", "svc", "web", "--no-headers"]);
            assert!(services.contains("ClusterIP") && services.contains("80/TCP"), "{services}");
            let running = ["get", "pods", "-o", "name", "--field-selector"];
            assert_eq!(cluster.kubectl(&[&running[..], &["status.phase=Running,spec.nodeName=node"]].concat()).lines().count(), 2);
            assert_eq!(cluster.kubectl(&[&running[..], &["status.phase!=Running"]].concat()), "");
            assert_eq!(cluster.kubectl(&["get", "pods", "-o", "name", "-l", "app in (a, b)"]), "");
            assert_eq!(cluster.kubectl(&["get", "pods", "-o", "name", "-l", "app notin (a, b),app,!b"]).lines().count(), 2);
            let json = cluster.kubectl(&["get", "deployment", "web", "-o", "json"]);
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!((&json["apiVersion"], &json["kind"]), (&"apps/v1".into(), &"Deployment".into()));
            assert!(cluster.kubectl(&["get", "all", "-A"]).contains("replicaset.apps/web-"));
        });
    });
}
