//! Watches end: when their time is over, when they are dropped, when their version has expired, and when their kind is no longer served.
use super::cluster::Cluster;

#[test]
fn its_time_is_over() {
    let mut cluster = Cluster::new();
    let version = cluster.version();
    let mut watch = cluster.watch(&format!("resourceVersion={version}&timeoutSeconds=10"));
    cluster.pass(9);
    assert!(!cluster.events(&mut watch).ended);
    cluster.config_map("a", "one");
    cluster.pass(1);
    let last = cluster.events(&mut watch);
    assert!(last.ended && last.events.len() == 1, "what happened before is told still: {last:?}");
}

#[test]
fn it_is_dropped() {
    let mut cluster = Cluster::new();
    let version = cluster.version();
    let mut watch = cluster.watch(&format!("resourceVersion={version}"));
    cluster.config_map("a", "one");
    cluster.api.drop_watches();
    let last = cluster.events(&mut watch);
    assert!(last.ended && last.events.is_empty(), "it ends without a word: {last:?}");
    let mut again = cluster.watch(&format!("resourceVersion={version}"));
    assert_eq!(cluster.told(&mut again), ["ADDED a"]);
}

#[test]
fn its_version_has_expired() {
    let mut cluster = Cluster::new();
    let version = cluster.version();
    let mut behind = cluster.watch(&format!("resourceVersion={version}"));
    cluster.config_map("a", "one");
    let mut ahead = cluster.watch(&format!("resourceVersion={}", cluster.api.version()));
    cluster.api.compact();
    let last = cluster.events(&mut behind);
    assert!(last.ended);
    assert_eq!((&last.events[0]["type"], &last.events[0]["object"]["code"]), (&"ERROR".into(), &410.into()));
    assert_eq!(last.events[0]["object"]["reason"], "Expired");
    cluster.config_map("b", "one");
    assert_eq!(cluster.told(&mut ahead), ["ADDED b"], "one that had been told everything goes on");
}

#[test]
fn the_api_is_away() {
    let mut cluster = Cluster::new();
    let version = cluster.version();
    let mut watch = cluster.watch(&format!("resourceVersion={version}"));
    cluster.api.faults_mut().is_away = true;
    assert!(cluster.events(&mut watch).ended);
}
