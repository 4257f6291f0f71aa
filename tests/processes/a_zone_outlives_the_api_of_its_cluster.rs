//! While the API of its cluster is away, a zone loses nothing, says so, and starts with what it had; what changed meanwhile it hears when the API is back.
use crate::{
    cast::{says, until},
    kube::{self, Cluster, both, held, status, until_each, until_held},
};
use serde_json::json;

#[test]
fn and_hears_afterwards_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    cluster.service("web");
    cluster.pod("web", "web-1", &json!({}));
    cluster.pod("web", "web-2", &json!({}));
    let (global, zone) = both(folder);
    until_held(folder, "dataplanes", &global, &["web-1", "web-2"]);
    cluster.is_away(true);
    until_each(folder, &zone, "it is said that nobody answers", |kind| kind["failing"].is_string());
    let shown = says(folder, &["status", "--api", &zone.api]);
    assert!(shown.contains("KUBERNETES API") && shown.contains("WHY NOTHING NEW"), "{shown}");
    assert_eq!(held(folder, "dataplanes", &zone), ["web-1", "web-2"]);

    // The API is back for others, but the zone's connections are refused for a while in every way there is.
    cluster.is_away(false);
    cluster.delete_pod("web-1");
    cluster.pod("web", "web-3", &json!({}));
    until_held(folder, "dataplanes", &global, &["web-2", "web-3"]);
    until_each(folder, &zone, "all is well", |kind| kind["failing"].is_null());
    assert_eq!(cluster.requests("list"), [1; 5], "what it had heard was not listed again");

    // Killed and started while it is away: it serves what it had.
    cluster.is_away(true);
    zone.kill();
    let zone = kube::zone(folder, "east", &global);
    until_each(folder, &zone, "it is said that nobody answers", |kind| kind["failing"].is_string());
    assert_eq!(held(folder, "dataplanes", &zone), ["web-2", "web-3"]);
    assert_eq!(held(folder, "meshservices", &zone), ["web"]);
    assert_eq!(status(folder, &zone)["cluster"]["listed"], json!([]));
    cluster.is_away(false);
    cluster.delete_pod("web-2");
    for at in [&zone, &global] {
        until_held(folder, "dataplanes", at, &["web-3"]);
    }
    until("global has the service still", || held(folder, "meshservices", &global) == ["web"]);
}
