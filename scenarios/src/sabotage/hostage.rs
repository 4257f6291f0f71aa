//! `hostage`: global sends a zone nothing of substance while another has not answered. Broken: L2.
use super::{GlobalActor, Sabotage, taken};
use std::collections::{BTreeMap, VecDeque};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    sync::{Nonce, RequestBody, Response, ResponseBody, Session},
    time::Now,
};

/// `hostage`.
#[derive(Debug, Default)]
pub(super) struct Hostage {
    unanswered: BTreeMap<Session, Vec<Nonce>>,
    waits: VecDeque<(Session, Response)>,
}

impl Hostage {
    fn hear(&mut self, input: &GlobalInput) {
        match input {
            GlobalInput::Closed { session } => self.forget(*session),
            GlobalInput::Request(session, request) => {
                if let (RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. }, Some(unanswered)) =
                    (&request.body, self.unanswered.get_mut(session))
                {
                    // An answer stands for what went before it too.
                    let answered = unanswered.iter().position(|sent| sent == nonce).map_or(0, |at| at + 1);
                    unanswered.drain(..answered);
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self, session: Session) {
        self.unanswered.remove(&session);
        self.waits.retain(|(waits, _)| *waits != session);
    }

    fn another_owes(&self, session: Session) -> bool {
        self.unanswered.iter().any(|(other, unanswered)| *other != session && !unanswered.is_empty())
    }

    fn send(&mut self, session: Session, response: Response, out: &mut Out<GlobalEffect>) {
        if let ResponseBody::Resources { nonce, .. } = &response.body {
            self.unanswered.entry(session).or_default().push(nonce.clone());
        }
        out.push(Emit::Effect(GlobalEffect::Response(session, response)));
    }
}

impl Sabotage for Hostage {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(input) = &step {
            self.hear(input);
        }
        node.handle(now, step, out);
        for emit in taken(out) {
            match emit {
                Emit::Effect(GlobalEffect::Response(session, response)) if matches!(response.body, ResponseBody::Resources { .. }) => {
                    self.waits.push_back((session, response));
                }
                emit => {
                    if let Emit::Effect(GlobalEffect::Close { session, .. }) = &emit {
                        self.forget(*session);
                    }
                    out.push(emit);
                }
            }
        }
        for (session, response) in std::mem::take(&mut self.waits) {
            // What waits for a session stays in its order.
            if self.another_owes(session) || self.waits.iter().any(|(waits, _)| *waits == session) {
                self.waits.push_back((session, response));
            } else {
                self.send(session, response, out);
            }
        }
    }
}
