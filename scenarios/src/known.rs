//! What the nodes of a world have let know, folded from what happened.
use crate::event::{Event, NodeId, Stepped, What};
use std::collections::BTreeMap;
use strait_core::{Emit, node::Observation, sync::Lane};

/// What the nodes that run have let know.
#[derive(Default)]
pub struct Known {
    /// By node; those that do not run are not in it.
    pub running: BTreeMap<NodeId, Observation>,
}

impl Known {
    /// Takes over what happened.
    pub fn enter(&mut self, event: &Event) {
        match &event.what {
            What::Started { observation, .. } => drop(self.running.insert(event.node.clone(), observation.as_ref().clone())),
            What::Paused | What::Resumed | What::Workload(_) => {}
            What::RefusedToStart { .. } | What::Stopped { .. } => drop(self.running.remove(&event.node)),
            What::Stepped(Stepped::Global { emits, .. }) => self.observe(&event.node, emits, Lane::Down),
            What::Stepped(Stepped::Zone { emits, .. }) => self.observe(&event.node, emits, Lane::Up),
        }
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
}
