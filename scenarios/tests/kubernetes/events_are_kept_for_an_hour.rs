//! Controllers say what they did; an hour later it is forgotten.
use super::cluster::Cluster;
use serde_json::Value;

const EVENTS: &str = "/api/v1/namespaces/default/events";

#[test]
fn events_are_kept_for_an_hour() {
    let mut cluster = Cluster::new();
    cluster.deploy(2);
    let events = cluster.get(EVENTS);
    let messages: Vec<&str> = events["items"].as_array().unwrap().iter().filter_map(|event| event["message"].as_str()).collect();
    let of = |begin: &str| messages.iter().filter(|message| message.starts_with(begin)).count();
    assert_eq!((of("Scaled up replica set web-"), of("Created pod: web-")), (1, 2), "{messages:?}");
    assert!(messages.iter().any(|message| message.ends_with(" from 0 to 2")), "{messages:?}");
    cluster.pass(3599);
    cluster.settle();
    assert_eq!(cluster.names(EVENTS).len(), 3);
    cluster.pass(1);
    cluster.settle();
    assert_eq!(cluster.get(EVENTS)["items"], Value::Array(Vec::new()));
}
