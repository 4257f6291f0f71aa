//! What Envoy is told, as JSON.
use crate::stage::{known, listening, redirected};
use serde_json::Value;
use strait_core::plan::Part;
use strait_proto::envoy_json::to_json;
use strait_shell::envoy::render;

fn shown(parts: &[Part]) -> Vec<Value> {
    parts.iter().flat_map(render).map(|one| to_json(one.resource.resource.as_ref().unwrap()).unwrap()).collect()
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
fn the_same_plan_is_the_same_bytes() {
    let bytes = || redirected(false).iter().flat_map(render).collect::<Vec<_>>();
    assert_eq!(bytes(), bytes());
}
