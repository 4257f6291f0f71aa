//! Who speaks for a zone is decided by the store it shows, and that decision lasts.
use super::moves::*;
use crate::alone::{Alone, mesh, retry, zone};
use strait_core::{Node, node::*, sync::*};

#[test]
fn a_stale_claimant_is_not_adopted_instead_of_the_zone() {
    let mut g = global();
    let a = lineage(1, 5);
    strait_session(&mut g, "east", 1, &a, None);
    g.input(up(1, part("MeshRetry", "1", vec![], vec![], None, at(1, 5), 0, true)));
    g.input(GlobalInput::Closed { session: Session(1) });
    // Another machine once came under the name, and went.
    strait_session(&mut g, "east", 2, &lineage(9, 0), None);
    g.input(GlobalInput::Closed { session: Session(2) });
    // The zone is restored from a backup of its own: its history has forked.
    let mut restored = lineage(1, 3);
    restored.start(Epoch(2));
    strait_session(&mut g, "east", 3, &restored, None);
    g.input(operate(Operation::AdoptZone(zone("east"))));
    g.input(GlobalInput::Closed { session: Session(3) });
    let said = strait_session(&mut g, "east", 4, &restored, None);
    let refused: Vec<_> = said.iter().filter(|e| matches!(e, GlobalEffect::Close { .. })).collect();
    assert!(refused.is_empty(), "the adopted zone itself is refused: {refused:?}");
}

#[test]
fn a_superseded_store_stays_refused_after_its_restart() {
    let mut g = global();
    let mut old = lineage(1, 5);
    strait_session(&mut g, "east", 1, &old, None);
    g.input(GlobalInput::Closed { session: Session(1) });
    strait_session(&mut g, "east", 2, &lineage(9, 0), None);
    g.input(operate(Operation::AdoptZone(zone("east"))));
    g.input(GlobalInput::Closed { session: Session(2) });
    old.start(Epoch(2));
    let said = strait_session(&mut g, "east", 3, &old, None);
    assert!(said.iter().any(|e| matches!(e, GlobalEffect::Close { why: Refusal::Superseded, .. })), "granted");
}

#[test]
fn an_adoption_of_a_zone_survives_globals_restart() {
    let mut g = global();
    strait_session(&mut g, "east", 1, &lineage(1, 5), None);
    g.input(up(1, part("MeshRetry", "1", vec![], vec![], None, at(1, 5), 0, true)));
    g.input(GlobalInput::Closed { session: Session(1) });
    strait_session(&mut g, "east", 2, &lineage(9, 0), None);
    g.input(GlobalInput::Closed { session: Session(2) });
    g.input(operate(Operation::AdoptZone(zone("east"))));
    let (mut g, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 2, g.disk.clone());
    strait_session(&mut g, "east", 3, &lineage(9, 0), None);
    assert_eq!(g.node.observe().peers[&zone("east")].consumed.frozen, None);
}

#[test]
fn global_says_after_a_restart_what_is_refused() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("mine", 1))]));
    strait_session(&mut g, "east", 1, &lineage(7, 1), None);
    g.input(up(1, part("MeshRetry", "1", vec![retry("mine", 9)], vec![], None, at(7, 1), 0, true)));
    assert_eq!(g.node.observe().peers[&zone("east")].rejected.len(), 1);
    let (mut again, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 2, g.disk.clone());
    strait_session(&mut again, "east", 1, &lineage(7, 1), None);
    assert_eq!(again.node.observe().peers[&zone("east")].rejected.len(), 1);
}
