//! An adoption holds for what the operator saw, not for whatever speaks next.
use super::moves::*;
use crate::alone::{Alone, from_global, kuma_response, mesh, retry, zone};
use strait_core::{Node, node::*, sync::*};

#[test]
fn an_adoption_under_kuma_does_not_wait_for_a_strait() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.input(dialed(1, Dialect::Kuma));
    east.input(ZoneInput::Response(Session(1), kuma_response("Mesh", "1", vec![from_global(mesh("default"))], vec![])));
    let many: Vec<_> = (0..20).map(|n| from_global(retry(&format!("r{n}"), 1))).collect();
    east.input(ZoneInput::Response(Session(1), kuma_response("MeshRetry", "2", many.clone(), vec![])));
    // An operator once agreed to a mass removal.
    east.input(ZoneInput::Operate { ticket: Ticket(1), operation: Operation::Adopt });
    east.run_for(70_000);
    east.input(dialed(2, Dialect::Kuma));
    east.input(ZoneInput::Response(Session(2), kuma_response("Mesh", "1", vec![from_global(mesh("default"))], vec![])));
    east.input(ZoneInput::Response(Session(2), kuma_response("MeshRetry", "2", many, vec![])));
    east.run_for(70_000);
    east.input(ZoneInput::Closed { session: Session(2), why: None });
    // Much later global is replaced by an empty Strait.
    east.run_for(700_000);
    east.input(dialed(3, Dialect::Strait));
    east.input(to_zone(3, ResponseBody::History { lineage: lineage(5, 0) }));
    east.input(to_zone(3, part("Mesh", "1", vec![], vec![], None, at(5, 0), 0, true)));
    assert_eq!(east.node.view().resources.len(), 21, "frozen: {:?}", east.node.observe().peers.values().next().unwrap().consumed.frozen);
}

#[test]
fn an_adoption_under_strait_does_not_hold_for_a_kuma() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.input(dialed(1, Dialect::Strait));
    east.input(to_zone(1, ResponseBody::History { lineage: lineage(5, 1) }));
    east.input(to_zone(1, part("Mesh", "1", vec![from_global(mesh("default")).as_ref().clone()], vec![], None, at(5, 1), 0, true)));
    east.input(ZoneInput::Operate { ticket: Ticket(1), operation: Operation::Adopt });
    east.input(to_zone(1, part("Mesh", "2", vec![from_global(mesh("default")).as_ref().clone()], vec![], None, at(5, 1), 0, true)));
    east.input(ZoneInput::Closed { session: Session(1), why: None });
    east.run_for(5_000);
    east.input(dialed(2, Dialect::Kuma));
    east.input(ZoneInput::Response(Session(2), kuma_response("Mesh", "1", vec![], vec![])));
    assert_eq!(east.node.view().resources.len(), 1);
}
