//! A refusing Kuma peer does not make a node spin: a retry that cannot be offered now is no reason to wake.
use super::moves::*;
use crate::alone::{Alone, from_global, hello, kind, kuma_response, mesh, retry, zone};
use strait_core::{Node, node::*, sync::*};

#[test]
fn a_retry_waits_for_the_response_under_way() {
    guarded("GlobalNode::handle(Tick)", || {
        let mut g = refused_by_a_kuma_zone();
        g.input(edit(vec![Change::Put(retry("b", 1))]));
        // The zone takes its time to answer.
        g.run_for(6_000);
    });
}

#[test]
fn a_retry_waits_for_the_operator() {
    guarded("GlobalNode::handle(Tick)", || {
        let mut g = refused_by_a_kuma_zone();
        strait_session(&mut g, "east", 2, &lineage(7, 0), Some(at(99, 3)));
        g.run_for(6_000);
    });
}

#[test]
fn nor_does_a_zone_under_kuma_spin() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.input(dialed(1, Dialect::Kuma));
    east.input(ZoneInput::Response(Session(1), kuma_response("Mesh", "1", vec![from_global(mesh("default"))], vec![])));
    let ask = |body| ZoneInput::Request(Session(1), Request { lane: Lane::Up, body });
    east.input(ZoneInput::Edit { ticket: Ticket(1), changes: vec![Change::Put(retry("a", 1))] });
    east.input(ask(RequestBody::Subscribe { kind: kind("MeshRetry"), hello: hello("east", None) }));
    let nonce = east.nonce(1, 1);
    east.input(ask(RequestBody::Nack { kind: kind("MeshRetry"), nonce, message: "no".into(), rejected: vec![] }));
    east.input(ZoneInput::Edit { ticket: Ticket(1), changes: vec![Change::Put(retry("b", 1))] });
    east.run_for(4_000);
    let mut ticks = 0;
    while east.node.deadline().is_some_and(|(at, _)| at.0 <= 6_000) && ticks < 1000 {
        east.now = 6_000;
        east.step(strait_core::Step::Tick);
        ticks += 1;
    }
    assert!(ticks < 10, "{ticks} ticks at one moment, still due: {:?}", east.node.deadline());
}
