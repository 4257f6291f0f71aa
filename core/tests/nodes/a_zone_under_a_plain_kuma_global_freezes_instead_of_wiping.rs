//! A plain Kuma global that lost its data must not take a zone's data with it.
use crate::alone::{Alone, from_global, kuma_response, mesh, retry, zone};
use strait_core::{
    Node, Step,
    node::{FreezeReason, Operation, Refusal, Ticket, ZoneConfig, ZoneEffect, ZoneInput, ZoneNode},
    sync::{Dialect, RequestBody, Session},
};

fn connected(session: u64) -> ZoneInput {
    ZoneInput::Dialed(Ok((Session(session), Dialect::Kuma)))
}

fn held(zone: &Alone<ZoneNode>, kind: &str) -> usize {
    zone.node.view().resources.keys().filter(|key| key.kind.as_str() == kind).count()
}

fn frozen(zone: &Alone<ZoneNode>) -> Option<FreezeReason> {
    zone.node.observe().peers.values().next().unwrap().consumed.frozen
}

/// A zone in its second session, which holds a mesh and twenty policies.
fn synced() -> Alone<ZoneNode> {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.step(Step::Tick);
    east.input(connected(1));
    let policies = (0..20).map(|n| from_global(retry(&format!("r{n}"), 1))).collect();
    east.input(ZoneInput::Response(Session(1), kuma_response("Mesh", "1", vec![from_global(mesh("default"))], vec![])));
    east.input(ZoneInput::Response(Session(1), kuma_response("MeshRetry", "2", policies, vec![])));
    assert_eq!((held(&east, "Mesh"), held(&east, "MeshRetry")), (1, 20));
    again(&mut east, 2);
    east
}

fn again(east: &mut Alone<ZoneNode>, session: u64) {
    east.input(ZoneInput::Closed { session: Session(session - 1), why: None });
    east.run_for(70_000);
    east.input(connected(session));
}

#[test]
fn when_the_first_response_lacks_a_mesh() {
    let mut east = synced();
    let said = east.input(ZoneInput::Response(Session(2), kuma_response("Mesh", "1", vec![], vec![])));
    assert_eq!(frozen(&east), Some(FreezeReason::MeshMissing));
    assert_eq!(held(&east, "Mesh"), 1);
    assert_eq!(said, vec![], "what was not applied is not acknowledged");
}

#[test]
fn when_the_first_response_lacks_more_than_half_of_a_kind() {
    let mut east = synced();
    let nine = (0..9).map(|n| from_global(retry(&format!("r{n}"), 1))).collect();
    east.input(ZoneInput::Response(Session(2), kuma_response("MeshRetry", "1", nine, vec![])));
    assert_eq!((frozen(&east), held(&east, "MeshRetry")), (Some(FreezeReason::MassRemoval), 20));
}

#[test]
fn but_not_when_half_of_a_kind_went_while_it_was_away() {
    let mut east = synced();
    let ten = (0..10).map(|n| from_global(retry(&format!("r{n}"), 1))).collect();
    let said = east.input(ZoneInput::Response(Session(2), kuma_response("MeshRetry", "1", ten, vec![])));
    assert_eq!((frozen(&east), held(&east, "MeshRetry")), (None, 10));
    assert!(
        matches!(&said[..], [ZoneEffect::Published { .. }, ZoneEffect::Request(_, ack)] if matches!(ack.body, RequestBody::Ack { .. }))
    );
}

#[test]
fn when_one_later_response_removes_more_than_half_and_at_least_ten() {
    let mut east = synced();
    let all = (0..20).map(|n| from_global(retry(&format!("r{n}"), 1))).collect();
    east.input(ZoneInput::Response(Session(2), kuma_response("MeshRetry", "1", all, vec![])));
    let gone = |range: std::ops::Range<u32>| range.map(|n| retry(&format!("r{n}"), 1).key).collect::<Vec<_>>();
    east.input(ZoneInput::Response(Session(2), kuma_response("MeshRetry", "2", vec![], gone(0..5))));
    assert_eq!((frozen(&east), held(&east, "MeshRetry")), (None, 15));
    east.input(ZoneInput::Response(Session(2), kuma_response("MeshRetry", "3", vec![], gone(5..15))));
    assert_eq!((frozen(&east), held(&east, "MeshRetry")), (Some(FreezeReason::MassRemoval), 15));
}

#[test]
fn and_an_operator_can_decide_that_the_global_is_right() {
    let mut east = synced();
    east.input(ZoneInput::Response(Session(2), kuma_response("Mesh", "1", vec![], vec![])));
    let said = east.input(ZoneInput::Operate { ticket: Ticket(1), operation: Operation::Adopt });
    assert!(said.contains(&ZoneEffect::Hangup { session: Session(2) }), "a Kuma says everything again in a new session only: {said:?}");
    east.run_for(70_000);
    east.input(connected(3));
    east.input(ZoneInput::Response(Session(3), kuma_response("Mesh", "1", vec![], vec![])));
    assert_eq!((frozen(&east), held(&east, "Mesh")), (None, 0));
    // The decision was for that session.
    east.input(ZoneInput::Closed { session: Session(3), why: Some(Refusal::Silent) });
    east.run_for(70_000);
    east.input(connected(4));
    east.input(ZoneInput::Response(Session(4), kuma_response("MeshRetry", "1", vec![], vec![])));
    assert_eq!(frozen(&east), Some(FreezeReason::MassRemoval));
}
