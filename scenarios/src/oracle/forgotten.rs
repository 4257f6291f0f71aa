//! Up to where each store has forgotten what went: whoever holds less than that has to be sent everything.
use crate::event::{Event, NodeId, What};
use std::collections::BTreeMap;
use strait_core::sync::Position;

/// The record of what is forgotten.
const RECORD: &str = "meta/forgotten";

/// What each store has forgotten.
#[derive(Debug, Default)]
pub(crate) struct Forgotten {
    /// All that went at this number or before.
    upto: BTreeMap<NodeId, u64>,
}

impl Forgotten {
    /// Follows one event.
    pub(crate) fn see(&mut self, event: &Event) {
        if let What::Started { durable, .. } = &event.what {
            let found = durable.iter().find(|(key, _)| key.0 == RECORD).map_or(0, |(_, value)| number(value));
            self.upto.insert(event.node.clone(), found);
        }
        let put = event.batches().into_iter().flat_map(|batch| &batch.put).filter(|(key, _)| key.0 == RECORD);
        if let Some(upto) = put.map(|(_, value)| number(value)).max() {
            self.upto.insert(event.node.clone(), upto);
        }
    }

    /// Whether what went since this position is no longer known where that history is from.
    pub(crate) fn since(&self, node: &NodeId, held: Position) -> bool {
        self.upto.get(node).is_some_and(|upto| held.seq < *upto)
    }
}

fn number(value: &[u8]) -> u64 {
    serde_json::from_slice(value).unwrap_or_default()
}
