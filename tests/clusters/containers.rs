//! Containers are processes in the network of their pod, with files that only they see.
use crate::{
    cases::Case,
    town::{Town, pod},
};
use serde_json::json;

pub(crate) const CASES: &[Case] = &[
    ("a_container_has_the_files_of_its_volumes", a_container_has_the_files_of_its_volumes),
    ("a_pod_that_is_deleted_may_end_and_is_ended", a_pod_that_is_deleted_may_end_and_is_ended),
    ("what_ends_is_started_again", what_ends_is_started_again),
];

fn a_container_has_the_files_of_its_volumes() {
    let texts =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "texts", "namespace": "shop"}, "data": {"motto": "salve"}});
    let volumes = json!([
        {"name": "own", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}, {"configMap": {"name": "texts"}}]}},
        {"name": "texts", "configMap": {"name": "texts"}},
        {"name": "between", "emptyDir": {}},
    ]);
    let between = json!({"name": "between", "mountPath": "/var/cache/between"});
    let first = json!({
        "name": "first", "image": "strait-workload", "command": ["sh", "-c", "echo $(WHO) > /var/cache/between/left"],
        "env": [{"name": "WHO", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}], "volumeMounts": [between],
    });
    let looks = "set -e
        test \"$(cat /etc/strait/texts/motto)\" = salve
        test \"$(cat /var/run/secrets/strait/motto)\" = salve
        test -s /var/run/secrets/strait/token
        test \"$(cat /var/cache/between/left)\" = web
        test -e /etc/passwd
        grep -q 'search shop.svc.cluster.local svc.cluster.local cluster.local' /etc/resolv.conf
        grep -q 'nameserver 10.96.0.10' /etc/resolv.conf
        exec sleep 1000";
    let mounts = json!([
        {"name": "own", "mountPath": "/var/run/secrets/strait"}, {"name": "texts", "mountPath": "/etc/strait/texts"}, between,
    ]);
    let more = json!({"initContainers": [first], "volumes": volumes, "container": {"volumeMounts": mounts, "restartPolicy": null}, "restartPolicy": "Never"});
    let mut town = Town::with(&[texts, pod("web", looks, &more)]);
    town.until_ready("web");
    // It still runs: it found everything.
    let held = town.held("pods", "web");
    assert_eq!(held["status"]["phase"], "Running", "{held:#}");
    // Nobody else sees it.
    assert!(!std::path::Path::new("/etc/strait").exists());
    assert!(!std::path::Path::new("/var/cache/between").exists());
}

fn a_pod_that_is_deleted_may_end_and_is_ended() {
    let well = pod("well", "trap 'exit 0' TERM; while :; do sleep 0.1; done", &json!({"terminationGracePeriodSeconds": 1000}));
    let deaf = pod("deaf", "trap '' TERM; while :; do sleep 0.1; done", &json!({"terminationGracePeriodSeconds": 1}));
    let mut town = Town::with(&[well, deaf]);
    for name in ["well", "deaf"] {
        town.until_ready(name);
        town.delete("Pod", name);
    }
    town.until("both are gone", |town| ["well", "deaf"].iter().all(|name| town.held("pods", name).is_null()));
    // Their networks are free again.
    let next = pod("next", "exec sleep 1000", &json!({}));
    town.apply(&next);
    town.until_ready("next");
}

fn what_ends_is_started_again() {
    let mut town = Town::with(&[pod(
        "once",
        "test -e /var/lib/kept/been && exec sleep 1000; touch /var/lib/kept/been; exit 3",
        &json!({
            "volumes": [{"name": "kept", "emptyDir": {}}], "container": {"volumeMounts": [{"name": "kept", "mountPath": "/var/lib/kept"}]},
        }),
    )]);
    town.until("it is started again", |town| town.held("pods", "once")["status"]["containerStatuses"][0]["restartCount"] == 1);
    town.until_ready("once");
    let status = town.held("pods", "once")["status"]["containerStatuses"][0].take();
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 3, "{status:#}");
}
