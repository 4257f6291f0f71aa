//! `deaf-after-old-end`: when an old session of a zone ends, global forgets with it what the zone's new session waits for: from then
//! on only heartbeats come. Broken: L1.
use super::{GlobalActor, Sabotage, taken};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::ZoneName,
    sync::{ResponseBody, Session},
    time::Now,
};

/// Knows which sessions are open, and which of them get nothing any more.
#[derive(Debug, Default)]
pub(super) struct DeafAfterOldEnd {
    open: BTreeMap<Session, ZoneName>,
    deaf: BTreeSet<Session>,
}

impl DeafAfterOldEnd {
    fn ended(&mut self, session: Session) {
        self.deaf.remove(&session);
        if let Some(zone) = self.open.remove(&session) {
            self.deaf.extend(self.open.iter().filter(|(_, other)| **other == zone).map(|(session, _)| *session));
        }
    }
}

impl Sabotage for DeafAfterOldEnd {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        match &step {
            Step::Input(GlobalInput::Opened { session, zone, .. }) => drop(self.open.insert(*session, zone.clone())),
            Step::Input(GlobalInput::Closed { session }) => self.ended(*session),
            _ => {}
        }
        node.handle(now, step, out);
        for emit in taken(out) {
            match &emit {
                Emit::Effect(GlobalEffect::Close { session, .. }) => self.ended(*session),
                Emit::Effect(GlobalEffect::Response(session, response))
                    if self.deaf.contains(session) && matches!(response.body, ResponseBody::Resources { .. }) =>
                {
                    continue;
                }
                _ => {}
            }
            out.push(emit);
        }
    }
}
