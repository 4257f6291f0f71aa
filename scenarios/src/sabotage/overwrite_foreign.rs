//! `overwrite-foreign`: a zone lets its users write what global wrote. Its copy then says something that global never said.
use super::{Sabotage, ZoneActor};
use std::sync::Arc;
use strait_core::{
    Emit, Out, Step,
    node::{Change, SessionStatus, ZoneEffect, ZoneInput},
    resource::{Origin, Resource, ZoneName},
    sync::{Dialect, Lane, Nonce, Position, Response, ResponseBody, Transfer},
    time::Now,
};

/// Takes a user's edit of a copy as if global had sent it.
#[derive(Debug, Default)]
pub(super) struct OverwriteForeign;

impl Sabotage for OverwriteForeign {
    fn zone(&mut self, zone: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let Some(forged) = forged(zone, node, &step) else {
            return node.handle(now, step, out);
        };
        node.handle(now, Step::Input(forged), out);
        if let (Step::Input(ZoneInput::Edit { ticket, .. }), Some(head)) = (step, node.observe().head) {
            out.push(Emit::Effect(ZoneEffect::Done { ticket, outcome: Ok(head) }));
        }
    }
}

/// What global would have sent, if it had written what the user writes.
fn forged(zone: &ZoneName, node: &ZoneActor, step: &Step<ZoneInput>) -> Option<ZoneInput> {
    let Step::Input(ZoneInput::Edit { changes, .. }) = step else {
        return None;
    };
    let [Change::Put(written)] = changes.as_slice() else {
        return None;
    };
    let held = node.view().resources.get(&written.key).filter(|held| held.origin() == Some(Origin::Global))?;
    let peer = node.observe().peers.get(zone)?;
    let SessionStatus { session, dialect } = peer.session?;
    let put = vec![Arc::new(Resource { spec: written.spec.clone(), ..held.as_ref().clone() })];
    let transfer = match dialect {
        Dialect::Strait => Some(nowhere(peer.consumed.position?)),
        Dialect::Kuma => None,
    };
    let nonce = Nonce("forged".to_owned());
    let body = ResponseBody::Resources { kind: written.kind().clone(), nonce, put, gone: Vec::new(), transfer };
    Some(ZoneInput::Response(session, Response { lane: Lane::Down, body }))
}

/// A transfer after which the zone stands where it stood.
fn nowhere(held: Position) -> Transfer {
    Transfer { from: Some(held), upto: held, part: 0, last: true }
}
