//! `reads-after-writing`: a node that has said more on a session than the windows hold takes nothing that the other end provides until
//! that was answered. Broken, where both have: L1.
use super::{GlobalActor, Sabotage, ZoneActor, taken};
use std::collections::{BTreeMap, VecDeque};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    resource::{Resource, ZoneName},
    sync::{Dialect, Nonce, Request, RequestBody, Response, ResponseBody, Session},
    time::Now,
};

/// What one lane has room for (HTTP/2).
const WINDOW: usize = 256 << 10;

/// `reads-after-writing`.
#[derive(Debug, Default)]
pub(super) struct ReadsAfterWriting {
    sessions: BTreeMap<Session, Said>,
}

/// What was said on one session, and what waits to be read.
#[derive(Debug, Default)]
struct Said {
    unanswered: VecDeque<(Nonce, Dialect, usize)>,
    unread: VecDeque<Response>,
}

impl ReadsAfterWriting {
    fn hears(&mut self, session: Session, request: &Request) {
        let (RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. }, Some(said)) =
            (&request.body, self.sessions.get_mut(&session))
        else {
            return;
        };
        // In a transfer an answer stands for what went before it too.
        if let Some(at) = said.unanswered.iter().position(|(sent, ..)| sent == nonce) {
            let from = if said.unanswered[at].1 == Dialect::Strait { 0 } else { at };
            said.unanswered.drain(from..=at);
        }
    }

    fn says(&mut self, session: Session, response: &Response) {
        if let ResponseBody::Resources { nonce, put, transfer, .. } = &response.body {
            let dialect = if transfer.is_some() { Dialect::Strait } else { Dialect::Kuma };
            let bytes = put.iter().map(|resource| weight(resource)).sum();
            self.sessions.entry(session).or_default().unanswered.push_back((nonce.clone(), dialect, bytes));
        }
    }

    /// Whether this must wait. Heartbeats do not.
    fn keeps(&mut self, session: Session, response: &Response) -> bool {
        if !matches!(response.body, ResponseBody::Resources { .. }) {
            return false;
        }
        let said = self.sessions.entry(session).or_default();
        let waits = said.is_full() || !said.unread.is_empty();
        if waits {
            said.unread.push_back(response.clone());
        }
        waits
    }

    /// What may be read now.
    fn next(&mut self) -> Option<(Session, Response)> {
        self.sessions.iter_mut().filter(|(_, said)| !said.is_full()).find_map(|(session, said)| Some((*session, said.unread.pop_front()?)))
    }
}

impl Said {
    fn is_full(&self) -> bool {
        self.unanswered.iter().map(|(_, _, bytes)| bytes).sum::<usize>() > WINDOW
    }
}

impl Sabotage for ReadsAfterWriting {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        let step = match step {
            Step::Input(GlobalInput::Response(session, response)) if self.keeps(session, &response) => Step::Tick,
            step => step,
        };
        match &step {
            Step::Input(GlobalInput::Request(session, request)) => self.hears(*session, request),
            Step::Input(GlobalInput::Closed { session }) => _ = self.sessions.remove(session),
            _ => {}
        }
        let (mut next, mut all) = (Some(step), Vec::new());
        while let Some(step) = next {
            node.handle(now, step, out);
            for emit in taken(out) {
                match &emit {
                    Emit::Effect(GlobalEffect::Response(session, response)) => self.says(*session, response),
                    Emit::Effect(GlobalEffect::Close { session, .. }) => _ = self.sessions.remove(session),
                    _ => {}
                }
                all.push(emit);
            }
            next = self.next().map(|(session, response)| Step::Input(GlobalInput::Response(session, response)));
        }
        all.into_iter().for_each(|emit| out.push(emit));
    }

    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let step = match step {
            Step::Input(ZoneInput::Response(session, response)) if self.keeps(session, &response) => Step::Tick,
            step => step,
        };
        match &step {
            Step::Input(ZoneInput::Request(session, request)) => self.hears(*session, request),
            Step::Input(ZoneInput::Closed { session, .. }) => _ = self.sessions.remove(session),
            _ => {}
        }
        let (mut next, mut all) = (Some(step), Vec::new());
        while let Some(step) = next {
            node.handle(now, step, out);
            for emit in taken(out) {
                match &emit {
                    Emit::Effect(ZoneEffect::Response(session, response)) => self.says(*session, response),
                    Emit::Effect(ZoneEffect::Hangup { session }) => _ = self.sessions.remove(session),
                    _ => {}
                }
                all.push(emit);
            }
            next = self.next().map(|(session, response)| Step::Input(ZoneInput::Response(session, response)));
        }
        all.into_iter().for_each(|emit| out.push(emit));
    }
}

fn weight(resource: &Resource) -> usize {
    let labels: usize = resource.labels.iter().map(|(label, value)| label.len() + value.len()).sum();
    labels + resource.spec.value().map_or(0, |spec| spec.to_string().len())
}
