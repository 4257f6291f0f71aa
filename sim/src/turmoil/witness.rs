//! What the hosts report, and what the world reads from it.
use super::{
    clock::WorldTime,
    host::{Host, Shared, locked},
};
use std::collections::BTreeMap;
use strait_core::{
    Emit, Step,
    node::{GlobalEffect, GlobalInput, Observation, ZoneEffect, ZoneInput},
    sync::{Lane, Message, ResponseBody, Session},
    time::{Mono, Now},
};
use strait_scenarios::{
    event::{Event, NodeId, Stepped, What},
    meters::Meters,
};
use strait_shell::{convert::wire_size, drive::Tap};

/// What happened and was not told yet.
#[derive(Default)]
pub(super) struct Queue {
    pub(super) events: Vec<Event>,
    /// When this tick began.
    pub(super) now: Mono,
    /// Who dialled the sessions of which global's node has not heard yet.
    pub(super) callers: BTreeMap<Session, NodeId>,
    last: Mono,
}

/// What sees a host's process.
pub(super) struct Witness {
    pub(super) node: NodeId,
    pub(super) queue: Shared<Queue>,
    pub(super) host: Shared<Host>,
    /// The clocks of the host may be wrong; what happens is told in the world's time.
    pub(super) world: WorldTime,
}

impl Witness {
    pub(super) fn happened(&self, at: Mono, what: What) {
        let synced = locked(&locked(&self.host).disk).synced_upto();
        let mut queue = locked(&self.queue);
        let caller = match &what {
            What::Stepped(Stepped::Global { step: Step::Input(GlobalInput::Opened { session, .. }), .. }) => queue.callers.remove(session),
            _ => None,
        };
        // Within a tick each host has its own clock; told is one order.
        let at = at.max(queue.last);
        queue.last = at;
        queue.events.push(Event { at, node: self.node.clone(), synced, caller, what });
    }
}

impl Tap<GlobalInput, GlobalEffect> for Witness {
    fn stepped(&mut self, _now: Now, step: &Step<GlobalInput>, emits: &[Emit<GlobalEffect>]) {
        self.happened(self.world.now(), What::Stepped(Stepped::Global { step: step.clone(), emits: emits.to_vec() }));
    }
}

impl Tap<ZoneInput, ZoneEffect> for Witness {
    fn stepped(&mut self, _now: Now, step: &Step<ZoneInput>, emits: &[Emit<ZoneEffect>]) {
        self.happened(self.world.now(), What::Stepped(Stepped::Zone { step: step.clone(), emits: emits.to_vec() }));
    }
}

/// What follows from all that happened.
#[derive(Default)]
pub(super) struct Ledger {
    pub(super) running: BTreeMap<NodeId, Observation>,
    pub(super) meters: Meters,
    /// The sessions that each node believes in, and who is at the other end.
    sessions: BTreeMap<(NodeId, Session), NodeId>,
}

impl Ledger {
    pub(super) fn enter(&mut self, event: &Event) {
        match &event.what {
            What::Started { observation, .. } => drop(self.running.insert(event.node.clone(), observation.as_ref().clone())),
            What::Paused | What::Resumed => {}
            What::RefusedToStart { .. } | What::Stopped { .. } => {
                self.running.remove(&event.node);
                self.sessions.retain(|(node, _), _| *node != event.node);
            }
            What::Stepped(Stepped::Global { step, emits }) => {
                match step {
                    Step::Input(GlobalInput::Opened { session, zone, .. }) => {
                        let caller = event.caller.clone().unwrap_or_else(|| NodeId::Zone(zone.clone()));
                        self.open(&event.node, *session, caller);
                    }
                    Step::Input(GlobalInput::Closed { session }) => self.close(&event.node, *session),
                    _ => {}
                }
                self.observe(&event.node, emits, Lane::Down);
                for emit in emits {
                    match emit {
                        Emit::Effect(GlobalEffect::Request(session, request)) => {
                            self.said(&event.node, *session, &Message::Request(request.clone()));
                        }
                        Emit::Effect(GlobalEffect::Response(session, response)) => {
                            self.said(&event.node, *session, &Message::Response(response.clone()));
                        }
                        Emit::Effect(GlobalEffect::Close { session, .. }) => self.close(&event.node, *session),
                        _ => {}
                    }
                }
            }
            What::Stepped(Stepped::Zone { step, emits }) => {
                match step {
                    Step::Input(ZoneInput::Dialed(Ok((session, _)))) => self.open(&event.node, *session, NodeId::Global),
                    Step::Input(ZoneInput::Closed { session, .. }) => self.close(&event.node, *session),
                    _ => {}
                }
                self.observe(&event.node, emits, Lane::Up);
                for emit in emits {
                    match emit {
                        Emit::Effect(ZoneEffect::Dial { .. }) => *self.meters.dials.entry(event.node.clone()).or_default() += 1,
                        Emit::Effect(ZoneEffect::Request(session, request)) => {
                            self.said(&event.node, *session, &Message::Request(request.clone()));
                        }
                        Emit::Effect(ZoneEffect::Response(session, response)) => {
                            self.said(&event.node, *session, &Message::Response(response.clone()));
                        }
                        Emit::Effect(ZoneEffect::Hangup { session }) => self.close(&event.node, *session),
                        _ => {}
                    }
                }
            }
        }
    }

    fn open(&mut self, node: &NodeId, session: Session, other: NodeId) {
        self.sessions.insert((node.clone(), session), other);
    }

    fn close(&mut self, node: &NodeId, session: Session) {
        self.sessions.remove(&(node.clone(), session));
    }

    fn observe<E>(&mut self, node: &NodeId, emits: &[Emit<E>], provides: Lane) {
        if let Some(observation) = self.running.get_mut(node) {
            for emit in emits {
                if let Emit::Observed(change) = emit {
                    observation.apply(change, provides);
                }
            }
        }
    }

    fn said(&mut self, node: &NodeId, session: Session, message: &Message) {
        let Some(other) = self.sessions.get(&(node.clone(), session)) else {
            return;
        };
        let meter = self.meters.links.entry((node.clone(), other.clone())).or_default();
        meter.messages += 1;
        meter.bytes += wire_size(message) as u64;
        let carries_resources = matches!(
            message,
            Message::Response(response)
                if matches!(&response.body, ResponseBody::Resources { put, gone, .. } if !put.is_empty() || !gone.is_empty())
        );
        meter.transfers += u64::from(carries_resources);
    }
}
