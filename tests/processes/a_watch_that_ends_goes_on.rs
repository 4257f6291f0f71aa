//! A watch that is dropped goes on where it was, and one that has expired takes a list: what is held is the same, and nothing else is listed.
use crate::kube::{Cluster, both, until_each, until_held};
use serde_json::json;

#[test]
fn with_as_many_lists_as_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cluster = Cluster::begin(folder);
    cluster.service("web");
    cluster.pod("web", "web-1", &json!({}));
    let (_global, zone) = both(folder);
    until_held(folder, "dataplanes", &zone, &["web-1"]);
    until_each(folder, &zone, "all are watched", |kind| kind["watches"] == 1);
    cluster.api.with(|api, _| api.drop_watches());
    until_each(folder, &zone, "all are watched again", |kind| kind["watches"].as_u64() >= Some(2) && kind["failing"].is_null());
    cluster.pod("web", "web-2", &json!({}));
    until_held(folder, "dataplanes", &zone, &["web-1", "web-2"]);
    assert_eq!(cluster.requests("list"), [1; 5]);

    // Nobody is told that one goes and one comes, and then the history is forgotten.
    cluster.api.with(|api, _| api.faults_mut().silent_watches = true);
    cluster.delete_pod("web-1");
    cluster.pod("web", "web-3", &json!({}));
    cluster.api.with(|api, _| {
        api.compact();
        api.faults_mut().silent_watches = false;
        api.drop_watches();
    });
    until_held(folder, "dataplanes", &zone, &["web-2", "web-3"]);
    until_held(folder, "meshservices", &zone, &["web"]);
    until_each(folder, &zone, "all is well", |kind| kind["failing"].is_null());
    // Of pods and endpoints it took a list; of no kind more than one.
    let lists = cluster.requests("list");
    assert_eq!(lists[3], 2, "{lists:?}");
    assert!(lists.iter().all(|count| (1..=2).contains(count)), "{lists:?}");
}
