//! A watch from a version tells each change after it once and in order, as its selectors see it.
use super::cluster::{Cluster, MAPS};
use serde_json::json;

#[test]
fn a_watch_tells_all_that_happened_in_order() {
    let mut cluster = Cluster::new();
    cluster.config_map("a", "one");
    let version = cluster.version();
    let mut all = cluster.watch(&format!("resourceVersion={version}"));
    let mut ones = cluster.watch(&format!("resourceVersion={version}&labelSelector=value%3Done"));
    let mut named = cluster.watch(&format!("resourceVersion={version}&fieldSelector=metadata.name%3Db"));
    cluster.config_map("b", "one");
    cluster.merge(&format!("{MAPS}/a"), &json!({"metadata": {"labels": {"value": "two"}}}));
    cluster.merge(&format!("{MAPS}/a"), &json!({"metadata": {"labels": {"value": "one"}}}));
    cluster.delete(&format!("{MAPS}/b"));
    assert_eq!(cluster.told(&mut all), ["ADDED b", "MODIFIED a", "MODIFIED a", "DELETED b"]);
    assert_eq!(cluster.told(&mut ones), ["ADDED b", "DELETED a", "ADDED a", "DELETED b"]);
    assert_eq!(cluster.told(&mut named), ["ADDED b", "DELETED b"]);
    assert_eq!(cluster.told(&mut all), [""; 0], "nothing is told twice");
    // A patch that changes nothing is no change.
    cluster.merge(&format!("{MAPS}/a"), &json!({"metadata": {"labels": {"value": "one"}}}));
    assert_eq!(cluster.told(&mut all), [""; 0]);
}

#[test]
fn a_watch_from_nowhere_begins_with_what_there_is() {
    let mut cluster = Cluster::new();
    cluster.config_map("a", "one");
    let mut plain = cluster.watch("");
    let mut with_end = cluster.watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
    cluster.config_map("b", "one");
    assert_eq!(cluster.told(&mut plain), ["ADDED a", "ADDED b"]);
    let events = cluster.events(&mut with_end).events;
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ADDED", "BOOKMARK", "ADDED"]);
    assert_eq!(events[1]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
}

#[test]
fn bookmarks_say_how_far_it_is() {
    let mut cluster = Cluster::new();
    let version = cluster.version();
    let mut watch = cluster.watch(&format!("resourceVersion={version}&allowWatchBookmarks=true"));
    let mut without = cluster.watch(&format!("resourceVersion={version}"));
    // Of another kind.
    cluster.create("/api/v1/namespaces/default/serviceaccounts", &json!({"metadata": {"name": "other"}}));
    assert_eq!(cluster.told(&mut watch), [""; 0]);
    cluster.pass(60);
    let events = cluster.events(&mut watch).events;
    assert_eq!(events[0]["type"], "BOOKMARK");
    assert_eq!(events[0]["object"]["metadata"]["resourceVersion"], cluster.version());
    assert_eq!(cluster.told(&mut without), [""; 0]);
}
