//! `deletes-for-others`: global deletes what a zone announced when a user asks for it, although it says no. Broken: S5.
use super::{GlobalActor, Sabotage};
use strait_core::{
    Out, Step,
    node::{Change, GlobalEffect, GlobalInput, SessionStatus},
    resource::Origin,
    sync::{Dialect, Lane, Nonce, Response, ResponseBody, Transfer},
    time::Now,
};

/// Takes a user's deletion of a copy as if its zone had sent it.
#[derive(Debug, Default)]
pub(super) struct DeletesForOthers;

impl Sabotage for DeletesForOthers {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Some(forged) = forged(node, &step) {
            node.handle(now, Step::Input(forged), out);
        }
        node.handle(now, step, out);
    }
}

/// What the zone would have sent, if its users had deleted what the user deletes.
fn forged(node: &GlobalActor, step: &Step<GlobalInput>) -> Option<GlobalInput> {
    let Step::Input(GlobalInput::Edit { changes, .. }) = step else {
        return None;
    };
    let [Change::Delete(key)] = changes.as_slice() else {
        return None;
    };
    let held = node.view().resources.get(key).filter(|held| held.origin() == Some(Origin::Zone))?;
    let peer = node.observe().peers.get(&held.zone()?)?;
    let SessionStatus { session, dialect } = peer.session?;
    let transfer = match dialect {
        Dialect::Kuma => None,
        Dialect::Strait => {
            let at = peer.consumed.position?;
            Some(Transfer { from: Some(at), upto: at, part: 0, last: true })
        }
    };
    let nonce = Nonce("forged".to_owned());
    let body = ResponseBody::Resources { kind: key.kind.clone(), nonce, put: Vec::new(), gone: vec![key.clone()], transfer };
    Some(GlobalInput::Response(session, Response { lane: Lane::Up, body }))
}
