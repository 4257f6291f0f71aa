//! The fold of events into [`Meters`].
use super::{DIAL_WINDOW, LinkMeter, Meters, Scale, Unanswered, sessions::Sessions, stores::Stores};
use crate::{
    event::{Event, NodeId, Stepped, What},
    oracle::turns::{Turn, turns},
};
use std::collections::{BTreeSet, VecDeque};
use strait_core::{
    sync::{Dialect, RequestBody, Response, ResponseBody, Session},
    time::Mono,
};

/// Counts what happens.
#[derive(Debug, Default)]
pub struct Meter {
    pub(super) meters: Meters,
    sessions: Sessions,
    stores: Stores,
    /// Processes that have dialled.
    diallers: BTreeSet<NodeId>,
    /// The dials within the last [`DIAL_WINDOW`], but for the first of each process.
    redials: VecDeque<Mono>,
}

impl Meter {
    /// What was counted so far.
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Counts one event.
    pub fn see(&mut self, event: &Event, scale: &mut dyn Scale) {
        self.follow(event, &turns(event), scale);
    }

    /// Counts one event, taken apart.
    pub(crate) fn follow(&mut self, event: &Event, turns: &[Turn<'_>], scale: &mut dyn Scale) {
        match &event.what {
            What::Started { .. } | What::RefusedToStart { .. } | What::Stopped { .. } => {
                self.sessions.forget(&event.node);
                self.diallers.remove(&event.node);
            }
            What::Paused | What::Resumed | What::Workload(_) => {}
            What::Stepped(stepped) => self.meters.emits_peak = self.meters.emits_peak.max(emits(stepped)),
        }
        for turn in turns {
            self.turn(event, turn, scale);
        }
        if let Some(store) = self.stores.see(event) {
            self.meters.stores.insert(event.node.clone(), store);
        }
    }

    /// The responses that a provider has sent on a session and that were not answered yet.
    pub(crate) fn unanswered(&self, node: &NodeId, session: Session) -> Option<&Unanswered> {
        self.sessions.get(node, session)
    }

    /// How many zones have dialled anew within the last [`DIAL_WINDOW`].
    pub(crate) fn redials(&self) -> usize {
        self.redials.len()
    }

    /// How many full transfers of global's are under way.
    pub(crate) fn snapshots(&self) -> u64 {
        self.sessions.snapshots()
    }

    /// How many of them began later than then.
    pub(crate) fn snapshots_since(&self, then: Mono) -> usize {
        self.sessions.snapshots_since(then)
    }

    /// Whether global has a session with this one, and an answer to all that it sent on it.
    pub(crate) fn has_answered(&self, other: &NodeId) -> bool {
        let mut sessions = self.sessions.of(&NodeId::Global).filter(|unanswered| unanswered.other == *other).peekable();
        sessions.peek().is_some() && sessions.all(|unanswered| unanswered.count() == 0)
    }

    /// How many sessions are open at a node.
    pub(crate) fn sessions(&self, node: &NodeId) -> u64 {
        self.sessions.count(node)
    }

    fn turn(&mut self, event: &Event, turn: &Turn<'_>, scale: &mut dyn Scale) {
        let node = &event.node;
        match turn {
            Turn::Dials => self.dialled(event.at, node),
            Turn::Opened { session, zone, dialect } => {
                let caller = || event.caller.clone().unwrap_or_else(|| NodeId::Zone((*zone).clone()));
                let other = if *node == NodeId::Global { caller() } else { NodeId::Global };
                self.sessions.open(node, *session, Unanswered::to(other, *dialect));
            }
            Turn::Closed(session) => self.sessions.close(node, *session),
            Turn::HeardRequest(session, request) => {
                self.sessions.change(node, *session, |unanswered| match &request.body {
                    RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. } => unanswered.answered(nonce),
                    // Whoever asks anew answers nothing of what it was sent before.
                    RequestBody::SubscribeAll { .. } => unanswered.forget(None),
                    RequestBody::Subscribe { kind, .. } => unanswered.forget(Some(kind)),
                    RequestBody::Beat { .. } => {}
                });
            }
            Turn::SaidRequest(session, request) => {
                if let Some(unanswered) = self.sessions.get(node, *session) {
                    let sent = LinkMeter { messages: 1, bytes: scale.request(request), transfers: 0 };
                    add(&mut self.meters, node, &unanswered.other, sent);
                }
            }
            Turn::SaidResponse(session, response) => self.provided(event.at, node, *session, response, scale),
            Turn::HeardResponse(..) | Turn::Operated(_) | Turn::Done(..) | Turn::Observed(_) => {}
        }
    }

    fn provided(&mut self, at: Mono, node: &NodeId, session: Session, response: &Response, scale: &mut dyn Scale) {
        let Some(unanswered) = self.sessions.get(node, session) else {
            return;
        };
        let bytes = scale.response(response);
        let mut sent = LinkMeter { messages: 1, bytes, transfers: 0 };
        let other = unanswered.other.clone();
        if let ResponseBody::Resources { kind, nonce, put, gone, transfer } = &response.body {
            sent.transfers = u64::from(!put.is_empty() || !gone.is_empty());
            let whole = match unanswered.dialect {
                Dialect::Strait => transfer.is_some_and(|transfer| transfer.from.is_none()),
                Dialect::Kuma => !unanswered.has_provided(),
            };
            let begun = self.sessions.change(node, session, |unanswered| unanswered.sent(at, kind, nonce, bytes, whole));
            self.meters.snapshots += u64::from(begun);
            self.meters.snapshots_peak = self.meters.snapshots_peak.max(self.sessions.snapshots());
            let held = self.sessions.get(node, session).map_or(0, Unanswered::bytes);
            self.meters.session_peak = self.meters.session_peak.max(held);
        }
        add(&mut self.meters, node, &other, sent);
    }

    fn dialled(&mut self, at: Mono, node: &NodeId) {
        *self.meters.dials.entry(node.clone()).or_default() += 1;
        while self.redials.pop_front_if(|dialled| dialled.after(DIAL_WINDOW) <= at).is_some() {}
        if !self.diallers.insert(node.clone()) {
            self.redials.push_back(at);
        }
        self.meters.redials_peak = self.meters.redials_peak.max(self.redials.len() as u64);
    }
}

fn add(meters: &mut Meters, from: &NodeId, to: &NodeId, sent: LinkMeter) {
    meters.links.entry((from.clone(), to.clone())).or_default().add(sent);
}

/// How much one step caused.
pub(crate) fn emits(stepped: &Stepped) -> u64 {
    let count = match stepped {
        Stepped::Global { emits, .. } => emits.len(),
        Stepped::Zone { emits, .. } => emits.len(),
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}
