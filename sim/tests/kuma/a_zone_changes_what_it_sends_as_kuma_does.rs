//! What a zone sends is named by hash, says whose it is, and leaves out what is only local.
use super::*;

#[test]
fn a_zone_changes_what_it_sends_as_kuma_does() {
    let mut hands = Hands::new();
    let local = [("kuma.io/deletion-grace-period-started-at", "now"), ("k8s.kuma.io/namespace", "demo")];
    let mut insight = resource("DataplaneInsight", "backend", &local);
    insight.spec = Spec::new(serde_json::json!({"subscriptions": [{"id": "1", "generation": 7}]}));
    hands.edit(insight);
    let sent = hands.ask(subscribe("DataplaneInsight"));
    let [ResponseBody::Resources { put, .. }] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(put[0].key.name.as_str(), hashed_name("default", "backend", &["east", "demo"]));
    assert_eq!(put[0].spec.value(), Some(&serde_json::json!({"subscriptions": [{"id": "1"}]})));
    let expected = [
        ("k8s.kuma.io/namespace", "demo"),
        ("kuma.io/display-name", "backend"),
        ("kuma.io/env", "universal"),
        ("kuma.io/mesh", "default"),
        ("kuma.io/origin", "zone"),
        ("kuma.io/zone", "east"),
    ];
    let labels: Vec<(&str, &str)> = put[0].labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
    assert_eq!(labels, expected);
}
