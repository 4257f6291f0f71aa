//! An event that is written as `events.k8s.io/v1` is read as `v1`, and the other way round.
use super::cluster::Cluster;
use serde_json::json;
use strait_scenarios::kubernetes::Request;

const NEW: &str = "/apis/events.k8s.io/v1/namespaces/default/events";
const OLD: &str = "/api/v1/namespaces/default/events";

#[test]
fn events_are_served_under_two_names() {
    let mut cluster = Cluster::new();
    let about = json!({"kind": "Pod", "namespace": "default", "name": "web"});
    let event = json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "one"}, "regarding": about, "note": "it is so",
        "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "strait", "reportingInstance": "zone", "reason": "So",
        "action": "Look", "type": "Warning",
    });
    let made = cluster.create(NEW, &event);
    assert_eq!((&made["apiVersion"], &made["note"]), (&"events.k8s.io/v1".into(), &"it is so".into()));
    let old = cluster.get(&format!("{OLD}/one"));
    assert_eq!((&old["apiVersion"], &old["message"], &old["involvedObject"]), (&"v1".into(), &"it is so".into(), &about));
    assert_eq!(cluster.names(&format!("{OLD}?fieldSelector=involvedObject.name%3Dweb,type%3DWarning")), ["one"]);
    let again = json!({"series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:01.000000Z"}, "note": "still"});
    let patched = cluster.merge(&format!("{NEW}/one"), &again);
    assert_eq!((&patched["series"]["count"], &patched["note"]), (&2.into(), &"still".into()));
    assert_eq!(cluster.get(&format!("{OLD}/one"))["message"], "still");

    let old = json!({"metadata": {"name": "two"}, "involvedObject": about, "message": "old", "count": 3});
    cluster.create(OLD, &old);
    let list = cluster.get(NEW);
    assert_eq!((&list["kind"], &list["items"][1]["deprecatedCount"]), (&"EventList".into(), &3.into()));
    let (code, refused) = cluster.ask(Request::with_body("POST", OLD, "application/json", &json!({"metadata": {"name": "three"}})));
    assert_eq!((code, &refused["details"]["causes"][0]["field"]), (422, &"involvedObject".into()));
}
