//! A list that takes any version may be of an earlier one; a list that wants the newest never is.
use super::cluster::{Cluster, MAPS};

#[test]
fn a_stale_list_is_of_an_earlier_version() {
    let mut cluster = Cluster::new();
    cluster.config_map("a", "one");
    let before = cluster.api.version();
    cluster.config_map("b", "one");
    cluster.delete(&format!("{MAPS}/a"));
    cluster.api.faults_mut().stale_version = Some(before);
    assert_eq!(cluster.names(&format!("{MAPS}?resourceVersion=0")), ["a"]);
    assert_eq!(cluster.names(MAPS), ["b"]);
    let exact = format!("{MAPS}?resourceVersion={before}&resourceVersionMatch=Exact");
    assert_eq!(cluster.names(&exact), ["a"]);
    let stale = cluster.get(&format!("{MAPS}?resourceVersion=0"));
    let mut watch = cluster.watch(&format!("resourceVersion={}", stale["metadata"]["resourceVersion"].as_str().unwrap()));
    assert_eq!(cluster.told(&mut watch), ["ADDED b", "DELETED a"], "a watch from there catches up");

    cluster.api.compact();
    assert_eq!(cluster.get(&exact)["code"], 410);
    let ahead = cluster.api.version() + 1;
    assert_eq!(cluster.get(&format!("{MAPS}?resourceVersion={ahead}"))["code"], 504, "of a version that is not there yet");
}
