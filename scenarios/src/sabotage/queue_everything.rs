//! `queue-everything`: global does not wait for answers: it takes each part of a transfer for answered as soon as it is sent, but for
//! the last. Broken: B1.
use super::{GlobalActor, Sabotage, taken};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    sync::{Lane, Request, RequestBody, ResponseBody},
    time::Now,
};

/// `queue-everything`.
#[derive(Debug, Default)]
pub(super) struct QueueEverything;

impl Sabotage for QueueEverything {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
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

/// What would answer a part after which another follows.
fn answer(emit: &Emit<GlobalEffect>) -> Option<GlobalInput> {
    let Emit::Effect(GlobalEffect::Response(session, response)) = emit else {
        return None;
    };
    let ResponseBody::Resources { kind, nonce, transfer: Some(transfer), .. } = &response.body else {
        return None;
    };
    let body = RequestBody::Ack { kind: kind.clone(), nonce: nonce.clone() };
    (!transfer.last).then_some(GlobalInput::Request(*session, Request { lane: Lane::Down, body }))
}
