//! Who speaks for a zone: the store whose history contains the other's last start.
use crate::alone::{Alone, hello, zone};
use strait_core::{
    Node,
    node::{GlobalConfig, GlobalEffect, GlobalInput, GlobalNode, Operation, Refusal, Ticket},
    sync::{Dialect, Epoch, Lane, Lineage, Request, RequestBody, Session},
};

fn connect(global: &mut Alone<GlobalNode>, session: u64, lineage: &Lineage) -> Vec<(Session, Refusal)> {
    let mut effects = global.input(GlobalInput::Opened { session: Session(session), zone: zone("east"), dialect: Dialect::Strait });
    let body = RequestBody::SubscribeAll { hello: hello("east", Some(lineage.clone())), held: None, staged: None, rejected: vec![] };
    effects.extend(global.input(GlobalInput::Request(Session(session), Request { lane: Lane::Down, body })));
    effects
        .into_iter()
        .filter_map(|effect| if let GlobalEffect::Close { session, why } = effect { Some((session, why)) } else { None })
        .collect()
}

fn global() -> Alone<GlobalNode> {
    Alone::<GlobalNode>::start(GlobalConfig::new(), 1, Default::default()).0
}

fn speaker(global: &Alone<GlobalNode>) -> Option<Session> {
    global.node.observe().peers[&zone("east")].session.map(|status| status.session)
}

/// A store that was started, and the same store started again.
fn old_and_new() -> (Lineage, Lineage) {
    let old = Lineage::born(Epoch(1));
    let mut new = old.clone();
    new.start(Epoch(2));
    (old, new)
}

#[test]
fn the_newer_process_of_one_store_takes_over_from_a_half_open_session() {
    let (old, new) = old_and_new();
    let mut global = global();
    assert_eq!(connect(&mut global, 1, &old), vec![]);
    assert_eq!(connect(&mut global, 2, &new), vec![(Session(1), Refusal::Superseded)]);
    assert_eq!(speaker(&global), Some(Session(2)));
}

#[test]
fn a_zombie_that_connects_later_is_refused_also_when_nobody_speaks() {
    let (old, new) = old_and_new();
    let mut global = global();
    connect(&mut global, 1, &new);
    assert_eq!(connect(&mut global, 2, &old), vec![(Session(2), Refusal::Superseded)]);
    assert_eq!(speaker(&global), Some(Session(1)));
    global.input(GlobalInput::Closed { session: Session(1) });
    assert_eq!(connect(&mut global, 3, &old), vec![(Session(3), Refusal::Superseded)]);
}

#[test]
fn of_two_connections_of_one_process_the_newest_speaks() {
    let (old, _) = old_and_new();
    let mut global = global();
    connect(&mut global, 1, &old);
    assert_eq!(connect(&mut global, 2, &old), vec![(Session(1), Refusal::Superseded)]);
}

#[test]
fn another_store_under_the_name_is_refused_while_the_first_lives() {
    let mut global = global();
    connect(&mut global, 1, &Lineage::born(Epoch(1)));
    assert_eq!(connect(&mut global, 2, &Lineage::born(Epoch(9))), vec![(Session(2), Refusal::NameTaken)]);
    assert_eq!(speaker(&global), Some(Session(1)));
    assert_eq!(
        global.node.observe().peers[&zone("east")].last_end.as_deref(),
        Some("name-taken: another control plane is connected under this zone's name")
    );
}

#[test]
fn once_an_operator_decided_for_another_store_the_first_stays_refused() {
    let (first, second) = (Lineage::born(Epoch(1)), Lineage::born(Epoch(9)));
    let mut global = global();
    connect(&mut global, 1, &first);
    global.input(GlobalInput::Closed { session: Session(1) });
    assert_eq!(connect(&mut global, 2, &second), vec![]);
    global.input(GlobalInput::Operate { ticket: Ticket(1), operation: Operation::AdoptZone(zone("east")) });
    assert_eq!(connect(&mut global, 3, &first), vec![(Session(3), Refusal::Superseded)]);
    assert_eq!(speaker(&global), Some(Session(2)));
}

#[test]
fn a_session_that_asks_for_nothing_is_ended() {
    let mut global = global();
    global.input(GlobalInput::Opened { session: Session(1), zone: zone("east"), dialect: Dialect::Strait });
    let effects = global.run_for(7000);
    assert_eq!(effects, vec![GlobalEffect::Close { session: Session(1), why: Refusal::Silent }]);
}
