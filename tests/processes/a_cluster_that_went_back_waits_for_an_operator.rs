//! A cluster that was brought back from an old backup, or is another one, takes nothing away until an operator says that it is right.
use crate::{
    cast::{says, until},
    kube::{self, Cluster, both, held, status, until_held},
};
use serde_json::json;

#[test]
fn and_is_asked_again_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    for pod in ["web-1", "web-2", "web-3", "web-4"] {
        cluster.pod("web", pod, &json!({}));
    }
    let (global, zone) = both(folder);
    until_held(folder, "dataplanes", &zone, &["web-1", "web-2", "web-3", "web-4"]);
    zone.kill();
    drop(cluster);
    let other = Cluster::begin(folder);
    other.pod("web", "web-1", &json!({}));
    let zone = kube::zone(folder, "east", &global);
    until("the list of pods counts for nothing, and is asked for again", || {
        status(folder, &zone)["cluster"]["stale"]["Pod"].is_object() && other.requests("list")[3] > 1
    });
    assert_eq!(held(folder, "dataplanes", &zone), ["web-1", "web-2", "web-3", "web-4"]);
    assert!(says(folder, &["status", "--api", &zone.api]).contains("STALE LIST OF"));
    says(folder, &["global", "adopt", "--api", &zone.api]);
    until_held(folder, "dataplanes", &zone, &["web-1"]);
    other.pod("web", "web-5", &json!({}));
    until_held(folder, "dataplanes", &zone, &["web-1", "web-5"]);
}
