//! What the hosts report, and what the world reads from it.
use super::{
    clock::WorldTime,
    host::{Host, Shared, locked},
};
use std::collections::BTreeMap;
use strait_core::{
    Emit, Step,
    node::{GlobalEffect, GlobalInput, ZoneEffect, ZoneInput},
    sync::Session,
    time::{Mono, Now},
};
use strait_scenarios::event::{Event, NodeId, Stepped, What};
use strait_shell::drive::Tap;

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
