//! `gone-with-the-zone`: when a zone's session ends, global tells the others that what it had exported is gone. Broken: S5.
use super::{GlobalActor, Sabotage, taken};
use std::collections::BTreeMap;
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ObservationChange},
    resource::{Across, Kind, Origin, WireKey, ZoneName},
    sync::{Dialect, Lane, Nonce, Response, ResponseBody, Session, Transfer},
    time::Now,
};

/// Knows who is at the other end of each session.
#[derive(Debug, Default)]
pub(super) struct GoneWithTheZone {
    sessions: BTreeMap<Session, (ZoneName, Dialect)>,
    told: u64,
}

impl Sabotage for GoneWithTheZone {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        match &step {
            Step::Input(GlobalInput::Opened { session, zone, dialect }) => _ = self.sessions.insert(*session, (zone.clone(), *dialect)),
            Step::Input(GlobalInput::Closed { session }) => _ = self.sessions.remove(session),
            _ => {}
        }
        node.handle(now, step, out);
        for emit in taken(out) {
            let ended = if let Emit::Observed(ObservationChange::Ended { zone, .. }) = &emit { Some(zone.clone()) } else { None };
            out.push(emit);
            if let Some(zone) = ended {
                self.bury(node, &zone, out);
            }
        }
    }
}

impl GoneWithTheZone {
    fn bury(&mut self, node: &GlobalActor, zone: &ZoneName, out: &mut Out<GlobalEffect>) {
        let mut exported: BTreeMap<Kind, Vec<WireKey>> = BTreeMap::new();
        for held in node.view().resources.values() {
            let crosses = held.kind().facts().is_some_and(|facts| matches!(facts.across, Across::Yes | Across::Reissued));
            if crosses && held.origin() == Some(Origin::Zone) && held.zone().as_ref() == Some(zone) {
                exported.entry(held.kind().clone()).or_default().push(held.key.clone());
            }
        }
        let others = self.sessions.iter().filter(|(_, (other, _))| other != zone);
        for (session, (other, dialect)) in others {
            let held = node.observe().peers.get(other).and_then(|peer| peer.provided.position);
            let transfer = held.map(|held| Transfer { from: Some(held), upto: held, part: 0, last: true });
            if *dialect == Dialect::Strait && transfer.is_none() {
                continue;
            }
            for (kind, gone) in &exported {
                self.told += 1;
                let nonce = Nonce(format!("gone-{}", self.told));
                let transfer = transfer.filter(|_| *dialect == Dialect::Strait);
                let body = ResponseBody::Resources { kind: kind.clone(), nonce, put: Vec::new(), gone: gone.clone(), transfer };
                out.push(Emit::Effect(GlobalEffect::Response(*session, Response { lane: Lane::Down, body })));
            }
        }
    }
}
