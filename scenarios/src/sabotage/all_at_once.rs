//! `all-at-once`: a global with more sessions than may be sent everything at a time takes what it sends for answered as soon as it is
//! sent, so that nobody waits in line. Broken: B3.
use super::{GlobalActor, Sabotage, taken};
use std::collections::BTreeSet;
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, SNAPSHOTS},
    sync::{Lane, Request, RequestBody, ResponseBody, Session},
    time::Now,
};

/// `all-at-once`.
#[derive(Debug, Default)]
pub(super) struct AllAtOnce {
    open: BTreeSet<Session>,
}

impl Sabotage for AllAtOnce {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        match &step {
            Step::Input(GlobalInput::Opened { session, .. }) => _ = self.open.insert(*session),
            Step::Input(GlobalInput::Closed { session }) => _ = self.open.remove(session),
            _ => {}
        }
        node.handle(now, step, out);
        if self.open.len() <= SNAPSHOTS {
            return;
        }
        let mut all = Vec::new();
        loop {
            let emits = taken(out);
            let answers: Vec<GlobalInput> = emits.iter().filter_map(answer).collect();
            all.extend(emits);
            if answers.is_empty() {
                break;
            }
            answers.into_iter().for_each(|answer| node.handle(now, Step::Input(answer), out));
        }
        all.into_iter().for_each(|emit| out.push(emit));
    }
}

/// What would answer a response.
fn answer(emit: &Emit<GlobalEffect>) -> Option<GlobalInput> {
    let Emit::Effect(GlobalEffect::Response(session, response)) = emit else {
        return None;
    };
    let ResponseBody::Resources { kind, nonce, .. } = &response.body else {
        return None;
    };
    let body = RequestBody::Ack { kind: kind.clone(), nonce: nonce.clone() };
    Some(GlobalInput::Request(*session, Request { lane: Lane::Down, body }))
}
