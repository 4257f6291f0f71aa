//! `impatient`: global takes what a zone leaves unanswered for a second for acknowledged. Broken: S9.
use super::{GlobalActor, Sabotage};
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::Kind,
    sync::{Lane, Nonce, Request, RequestBody, ResponseBody, Session},
    time::{Mono, Now},
};

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// `impatient`.
#[derive(Debug, Default)]
pub(super) struct Impatient {
    /// What was said and not answered, and when.
    unanswered: BTreeMap<(Session, Nonce), (Mono, Kind)>,
}

impl Impatient {
    fn listen(&mut self, input: &GlobalInput) {
        match input {
            GlobalInput::Closed { session } => self.unanswered.retain(|(on, _), _| on != session),
            GlobalInput::Request(session, request) => {
                if let RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. } = &request.body {
                    self.unanswered.remove(&(*session, nonce.clone()));
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, now: Mono, emits: &[Emit<GlobalEffect>]) {
        for emit in emits {
            match emit {
                Emit::Effect(GlobalEffect::Response(session, response)) => {
                    if let ResponseBody::Resources { kind, nonce, transfer: Some(_), .. } = &response.body {
                        self.unanswered.insert((*session, nonce.clone()), (now, kind.clone()));
                    }
                }
                Emit::Effect(GlobalEffect::Close { session, .. }) => self.unanswered.retain(|(on, _), _| on != session),
                _ => {}
            }
        }
    }
}

impl Sabotage for Impatient {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(input) = &step {
            self.listen(input);
        }
        node.handle(now, step, out);
        let overdue = self.unanswered.extract_if(.., |_, (since, _)| now.mono.since(*since) >= PATIENCE);
        for ((session, nonce), (_, kind)) in overdue.collect::<Vec<_>>() {
            let request = Request { lane: Lane::Down, body: RequestBody::Ack { kind, nonce } };
            node.handle(now, Step::Input(GlobalInput::Request(session, request)), out);
        }
        let emits = super::taken(out);
        self.note(now.mono, &emits);
        emits.into_iter().for_each(|emit| out.push(emit));
    }
}
