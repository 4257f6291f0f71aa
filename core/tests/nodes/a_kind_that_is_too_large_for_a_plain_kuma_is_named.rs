//! A message has at most 10 MiB, and the first response of a kind is its whole state.
use super::moves::*;
use crate::alone::{Alone, hello, kind, mesh, retry, zone};
use std::collections::BTreeMap;
use strait_core::{
    Node,
    node::*,
    resource::{Resource, Spec},
    sync::*,
};

fn large(name: &str) -> Resource {
    let mut policy = retry(name, 1);
    let mut value = policy.spec.value().unwrap().clone();
    value["filler"] = "x".repeat(400_000).into();
    policy.spec = Spec::new(value);
    policy
}

fn many(n: u32) -> Vec<Change> {
    (0..n).map(|n| Change::Put(large(&format!("r{n:02}")))).collect()
}

fn plain() -> Alone<GlobalNode> {
    let mut g = global();
    g.input(operate(Operation::Admit(zone("plain"))));
    g.input(edit(vec![Change::Put(mesh("default"))]));
    g.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    g
}

fn asks(g: &mut Alone<GlobalNode>, of: &str) -> Vec<GlobalEffect> {
    g.input(down(1, RequestBody::Subscribe { kind: kind(of), hello: hello("plain", None) }))
}

/// What was said of policies: how many, how many bytes, and under which nonces.
fn policies(said: &[GlobalEffect]) -> Vec<(usize, usize, Nonce)> {
    said.iter()
        .filter_map(|effect| match effect {
            GlobalEffect::Response(_, Response { body: ResponseBody::Resources { kind, nonce, put, .. }, .. })
                if kind.as_str() == "MeshRetry" =>
            {
                Some((put.len(), serde_json::to_vec(put).unwrap().len(), nonce.clone()))
            }
            _ => None,
        })
        .collect()
}

fn too_large(g: &Alone<GlobalNode>) -> BTreeMap<String, u64> {
    g.node.observe().peers[&zone("plain")].too_large.iter().map(|(kind, bytes)| (kind.to_string(), *bytes)).collect()
}

#[test]
fn nothing_of_it_is_sent_and_the_other_kinds_are() {
    let mut g = plain();
    g.input(edit(many(30)));
    assert_eq!(policies(&asks(&mut g, "MeshRetry")), vec![]);
    let named = too_large(&g);
    assert!(named.keys().eq(["MeshRetry"]) && named["MeshRetry"] > 12_000_000, "{named:?}");
    let said = asks(&mut g, "Mesh");
    assert_eq!(said.iter().filter(|effect| matches!(effect, GlobalEffect::Response(..))).count(), 1);
    // It is not tried again and again, and holds no place that others wait for.
    assert_eq!(policies(&g.run_for(600_000)), vec![]);
    assert_eq!(g.node.observe().peers[&zone("plain")].waiting, None);
}

#[test]
fn once_it_is_smaller_it_is_sent_and_no_longer_named() {
    let mut g = plain();
    g.input(edit(many(30)));
    asks(&mut g, "MeshRetry");
    let said = g.input(edit((0..20).map(|n| Change::Delete(large(&format!("r{n:02}")).key)).collect()));
    assert_eq!(policies(&said).iter().map(|(count, ..)| *count).collect::<Vec<_>>(), [10]);
    assert_eq!(too_large(&g), BTreeMap::new());
}

#[test]
fn what_comes_later_goes_in_as_many_responses_as_it_takes() {
    let mut g = plain();
    g.input(edit(many(1)));
    let mut said = asks(&mut g, "MeshRetry");
    let first = policies(&said)[0].2.clone();
    g.input(edit(many(40)));
    said = g.input(down(1, RequestBody::Ack { kind: kind("MeshRetry"), nonce: first }));
    let mut counts = Vec::new();
    while let Some((count, bytes, nonce)) = policies(&said).into_iter().next() {
        assert!(bytes < 10 << 20, "{bytes}");
        counts.push(count);
        said = g.input(down(1, RequestBody::Ack { kind: kind("MeshRetry"), nonce }));
    }
    assert_eq!(counts, [23, 16]);
    assert!(g.node.observe().peers[&zone("plain")].provided.settled);
}
