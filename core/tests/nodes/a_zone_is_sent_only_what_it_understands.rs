//! What a zone says in its first request decides what it is sent. What it would not understand is left out; the rest comes.
use super::moves::*;
use crate::alone::{hello, kind, mesh, resource, retry, zone};
use serde_json::json;
use std::collections::BTreeSet;
use strait_core::{node::*, resource::*, sync::*};

/// What global sends of these kinds to a plain Kuma zone that has all features but this.
fn sent_without(feature: &str) -> BTreeSet<String> {
    let mut g = global();
    let generator = |name: &str, selects: &str| {
        resource(
            "HostnameGenerator",
            None,
            name,
            json!({"selector": {selects: {"matchLabels": {"a": "b"}}}, "template": "{{ .DisplayName }}.mesh"}),
        )
    };
    let mut without_target = retry("without-target", 1);
    without_target.spec = Spec::new(json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"numRetries": 1}}}]}));
    let changes = [
        mesh("default"),
        generator("old", "meshService"),
        generator("new", "meshMultiZoneService"),
        retry("with-target", 1),
        without_target,
    ];
    g.input(edit(changes.into_iter().map(Change::Put).collect()));
    g.input(operate(Operation::Admit(zone("plain"))));
    g.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    let mut said = hello("plain", None);
    assert!(said.features.remove(feature) || feature.is_empty());
    let mut sent = BTreeSet::new();
    for name in ["HostnameGenerator", "MeshRetry"] {
        for effect in g.input(down(1, RequestBody::Subscribe { kind: kind(name), hello: said.clone() })) {
            if let GlobalEffect::Response(_, Response { body: ResponseBody::Resources { put, .. }, .. }) = effect {
                sent.extend(put.iter().map(|resource| resource.display_name().to_owned()));
            }
        }
    }
    sent
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn one_resource_that_it_does_not_know_takes_no_other_with_it() {
    assert_eq!(sent_without(""), names(["old", "new", "with-target", "without-target"]));
    assert_eq!(sent_without("hg-mz-selector"), names(["old", "with-target", "without-target"]));
    assert_eq!(sent_without("optional-top-level-target-ref"), names(["old", "new", "with-target"]));
}
