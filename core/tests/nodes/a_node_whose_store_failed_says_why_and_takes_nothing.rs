//! A node whose store failed shows what it last held durably and why it takes nothing; what waited for the store never leaves.
use super::{
    alone::*,
    moves::{edit, operate},
};
use strait_core::{Durable, Emit, Lsn, Node, Out, Recover, Seed, Step, StoreFailure, node::*, sync::*, time::*};

const NOW: Now = Now { mono: Mono(5), wall: Wall(5) };

/// Steps a node whose store answers nothing.
fn step<N: Node>(node: &mut N, step: Step<N::Input>) -> Vec<Emit<N::Effect>> {
    let mut out = Out::new();
    node.handle(NOW, step, &mut out);
    out.take()
}

/// A global with one resource, whose store has just taken what it began with.
fn global() -> GlobalNode {
    let mut out = Out::new();
    let mut node = GlobalNode::recover(GlobalConfig::new(), Seed(1), NOW, &Durable::new(), &mut out).unwrap();
    step(&mut node, Step::Stored { upto: Lsn(1) });
    step(&mut node, Step::Input(edit(vec![Change::Put(mesh("default"))])));
    step(&mut node, Step::Stored { upto: Lsn(2) });
    node
}

fn fails(from: u64) -> Step<GlobalInput> {
    Step::StoreFailed { from: Lsn(from), why: StoreFailure::Full }
}

#[test]
fn what_waited_is_never_shown_and_whoever_asked_for_it_is_told() {
    let mut node = global();
    let waits = step(&mut node, Step::Input(edit(vec![Change::Put(retry("a", 1))])));
    assert!(matches!(waits.as_slice(), [Emit::Store(_)]), "{waits:?}");
    let said = step(&mut node, fails(3));
    assert_eq!(node.observe().store_failure, Some(StoreFailure::Full));
    assert_eq!(node.view().resources.len(), 1);
    let [Emit::Observed(ObservationChange::StoreFailed(StoreFailure::Full)), Emit::Effect(GlobalEffect::Done { outcome: Err(why), .. })] =
        said.as_slice()
    else {
        panic!("{said:?}");
    };
    assert!(why.to_string().contains("the disk is full, and whether this was stored is not known"), "{why}");
    // A report that was under way changes nothing.
    assert!(step(&mut node, Step::Stored { upto: Lsn(3) }).is_empty());
    assert_eq!(node.view().resources.len(), 1);
}

#[test]
fn sessions_end_with_the_reason_and_new_ones_are_refused() {
    let mut node = global();
    let opened = |session| GlobalInput::Opened { session: Session(session), zone: zone("east"), dialect: Dialect::Strait };
    step(&mut node, Step::Input(opened(1)));
    let closes = |said: &[Emit<GlobalEffect>], which: u64| {
        said.iter().any(|emit| {
            matches!(emit, Emit::Effect(GlobalEffect::Close { session, why: Refusal::Store(StoreFailure::Full) }) if *session == Session(which))
        })
    };
    let said = step(&mut node, fails(3));
    assert!(closes(&said, 1), "{said:?}");
    let said = step(&mut node, Step::Input(opened(2)));
    assert!(closes(&said, 2), "{said:?}");
    assert_eq!(node.deadline(), None);
    assert!(step(&mut node, Step::Tick).is_empty());
}

#[test]
fn edits_and_decisions_are_refused_with_the_reason() {
    let mut node = global();
    step(&mut node, fails(3));
    for input in [edit(vec![Change::Put(retry("a", 1))]), operate(Operation::Adopt)] {
        let said = step(&mut node, Step::Input(input));
        let [Emit::Effect(GlobalEffect::Done { outcome: Err(EditRefused::Store(why)), .. })] = said.as_slice() else { panic!("{said:?}") };
        assert_eq!(why, "the disk is full");
    }
}

#[test]
fn a_zone_hangs_up_and_dials_no_more() {
    let mut out = Out::new();
    let mut node = ZoneNode::recover(ZoneConfig::new(zone("east")), Seed(1), NOW, &Durable::new(), &mut out).unwrap();
    step(&mut node, Step::Stored { upto: Lsn(1) });
    step(&mut node, Step::Tick);
    step(&mut node, Step::Input(ZoneInput::Dialed(Ok((Session(1), Dialect::Strait)))));
    let said = step(&mut node, Step::StoreFailed { from: Lsn(2), why: StoreFailure::Io });
    let hangs_up = |said: &[Emit<ZoneEffect>], which| said.contains(&Emit::Effect(ZoneEffect::Hangup { session: Session(which) }));
    assert!(hangs_up(&said, 1), "{said:?}");
    let shown = node.observe();
    assert_eq!((shown.store_failure, shown.peers[&zone("east")].session), (Some(StoreFailure::Io), None));
    assert_eq!(node.deadline(), None);
    let said = step(&mut node, Step::Input(ZoneInput::Dialed(Ok((Session(2), Dialect::Strait)))));
    assert!(hangs_up(&said, 2), "{said:?}");
}
