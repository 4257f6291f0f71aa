//! What Envoy is told, as JSON.
use crate::stage::{ingress, known, listening, redirected, rendered};
use serde_json::Value;
use strait_core::plan::Part;
use strait_proto::envoy_json::to_json;

fn shown(parts: &[Part]) -> Vec<Value> {
    rendered(parts, "/run/names.sock").iter().map(|one| to_json(one.resource.resource.as_ref().unwrap()).unwrap()).collect()
}

#[test]
fn where_all_is_redirected() {
    insta::assert_json_snapshot!(shown(&redirected(true)));
}

#[test]
fn where_nothing_is() {
    insta::assert_json_snapshot!(shown(&listening()));
}

#[test]
fn where_both_ends_prove_who_they_are() {
    insta::assert_json_snapshot!(shown(&known()));
}

#[test]
fn where_other_zones_come_in() {
    insta::assert_json_snapshot!(shown(&ingress(10001, 8080)));
}

#[test]
fn the_same_plan_is_the_same_bytes() {
    let bytes = || rendered(&redirected(false), "/run/names.sock");
    assert_eq!(bytes(), bytes());
}
