//! What is kept for a peer that is slow, or does not read at all, is bounded; it gets the last version, not every one.
use super::moves::*;
use crate::{
    alone::{Alone, hello, kind, mesh, resource, retry, zone},
    pair::{Pair, timeout},
};
use serde_json::json;
use strait_core::{Node, node::*, sync::*};

fn bytes(said: &[GlobalEffect]) -> usize {
    let responses = said.iter().filter(|effect| matches!(effect, GlobalEffect::Response(..) | GlobalEffect::Request(..)));
    responses.map(|effect| serde_json::to_vec(effect).unwrap().len()).sum()
}

fn closed(said: &[GlobalEffect]) -> Option<String> {
    said.iter().find_map(|effect| if let GlobalEffect::Close { why, .. } = effect { Some(why.to_string()) } else { None })
}

fn full(policies: u32) -> Alone<GlobalNode> {
    let mut g = global();
    g.input(edit([mesh("default")].into_iter().chain((0..policies).map(|n| retry(&format!("r{n}"), 1))).map(Change::Put).collect()));
    g
}

#[test]
fn one_that_never_answers_is_sent_a_first_window_and_heartbeats() {
    let mut g = full(5000);
    let mut said = strait_session(&mut g, "east", 1, &lineage(7, 0), None);
    for n in 0..2000 {
        said.extend(g.input(edit(vec![Change::Put(retry(&format!("r{n}"), 2))])));
    }
    assert!(bytes(&said) < 16 << 10, "{} bytes", bytes(&said));
    let before = bytes(&said);
    for _ in 0..100 {
        said.extend(g.run_for(2000));
        g.input(down(1, RequestBody::Beat { held: None }));
        g.input(up(1, ResponseBody::Beat { head: at(7, 0) }));
    }
    assert_eq!(closed(&said), None);
    assert!(bytes(&said) - before < 100 * 500, "a heartbeat on each lane every two seconds: {}", bytes(&said) - before);
}

/// What is under way to it is given up each time, since it holds what the zone may not hold any more; that it was sent counts all the same.
#[test]
fn nor_is_it_sent_more_when_what_it_may_hold_changes_again_and_again() {
    let mut g = full(5000);
    g.input(edit(vec![Change::Put(mesh("other"))]));
    let mut said = strait_session(&mut g, "east", 1, &lineage(7, 0), None);
    for n in 0..200 {
        let zones = if n % 2 == 0 { json!([]) } else { json!(["east"]) };
        said.extend(g.input(edit(vec![Change::Put(resource("MeshZones", Some("other"), "few", json!({ "zones": zones })))])));
    }
    assert!(bytes(&said) < 16 << 10, "{} bytes", bytes(&said));
}

#[test]
fn one_that_asks_again_and_again_and_answers_nothing_is_sent_away() {
    let mut g = full(5000);
    let mut said = strait_session(&mut g, "east", 1, &lineage(7, 0), None);
    for _ in 0..1000 {
        let hello = hello("east", Some(lineage(7, 0)));
        said.extend(g.input(down(1, RequestBody::SubscribeAll { hello, held: None, staged: None, rejected: vec![] })));
    }
    assert!(closed(&said).is_some_and(|why| why.contains("asked 9 times for everything and answered nothing")), "{:?}", closed(&said));
    assert!(bytes(&said) < 9 * (16 << 10), "{} bytes", bytes(&said));
}

#[test]
fn so_is_a_plain_kuma() {
    let mut g = full(500);
    g.input(operate(Operation::Admit(zone("plain"))));
    g.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    let mut said = vec![];
    for _ in 0..1000 {
        said.extend(g.input(down(1, RequestBody::Subscribe { kind: kind("MeshRetry"), hello: hello("plain", None) })));
    }
    assert!(closed(&said).is_some_and(|why| why.contains("asked 9 times for MeshRetry")), "{:?}", closed(&said));
    let whole = said.iter().filter(|effect| matches!(effect, GlobalEffect::Response(..))).count();
    assert_eq!(whole, 8);
}

#[test]
fn what_it_says_that_it_refused_is_only_remembered_of_what_there_is() {
    let mut g = full(3);
    let said = strait_session(&mut g, "east", 1, &lineage(7, 0), None);
    let sent = said.iter().flat_map(|effect| match effect {
        GlobalEffect::Response(_, Response { body: ResponseBody::Resources { put, .. }, .. }) => put.clone(),
        _ => vec![],
    });
    let sent = sent.filter(|resource| resource.kind().as_str() == "MeshRetry").map(|resource| resource.key.clone());
    let rejected = sent.chain((0..5000).map(|n| retry(&format!("nobody-has-{n}"), 1).key)).collect();
    let hello = hello("east", Some(lineage(7, 0)));
    g.input(down(1, RequestBody::SubscribeAll { hello, held: g.node.observe().head, staged: None, rejected }));
    let said = g.run_for(5500);
    let again: usize = said
        .iter()
        .map(|effect| match effect {
            GlobalEffect::Response(_, Response { body: ResponseBody::Resources { put, .. }, .. }) => put.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(again, 3, "what there is of it is offered again, once");
}

#[test]
fn a_zone_behind_a_slow_link_gets_the_last_versions_in_few_transfers() {
    let mut pair = Pair::new(&[]);
    pair.bytes_per_s = Some(2000);
    let policies = (0..20).map(|n| Change::Put(timeout(&format!("t{n:02}"), 1)));
    pair.edit([Change::Put(mesh("default"))].into_iter().chain(policies).collect()).unwrap();
    pair.start_zone("east");
    pair.run_for(60_000);
    let before = pair.carried[0] + pair.carried[1];
    pair.transfers = 0;
    for n in 0..6000u32 {
        pair.edit(vec![Change::Put(timeout(&format!("t{:02}", n % 20), n / 20 + 2))]).unwrap();
        pair.run_for(10);
    }
    pair.run_for(60_000);
    let held = &pair.zone_node("east").view().resources;
    let last = |resource: &std::sync::Arc<strait_core::resource::Resource>| resource.spec.value().unwrap().to_string().contains("301s");
    assert_eq!(held.values().filter(|resource| resource.kind().as_str() == "MeshTimeout" && last(resource)).count(), 20);
    assert_eq!(pair.ends, 0, "no session was given up");
    // A minute of edits, a hundred a second, each of which would take 0.2 s.
    assert!(pair.transfers <= 60, "{} transfers", pair.transfers);
    assert!(pair.carried[0] + pair.carried[1] - before < 500_000, "{:?}", pair.carried);
}
