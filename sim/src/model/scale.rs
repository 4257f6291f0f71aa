//! Weighs messages: how long they are on the wire.
//!
//! One version of a resource goes to many zones, and is the same bytes each time, so that each is weighed once.
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{resource::Resource, sync::Message};
use strait_shell::convert;

/// So many resources are remembered. They are few at any time; a run may see any number.
const REMEMBERED: usize = 1 << 14;

/// A scale that remembers what it has weighed.
#[derive(Debug, Default)]
pub(super) struct Scale {
    /// By where they are in memory. They are kept there, so that no other can come to be at that place.
    weighed: BTreeMap<usize, (Arc<Resource>, usize)>,
}

impl Scale {
    /// The encoded size of a message in bytes.
    pub(super) fn weigh(&mut self, message: &Message) -> usize {
        convert::wire_size_with(message, &mut |resource| self.weigh_resource(resource))
    }

    fn weigh_resource(&mut self, resource: &Arc<Resource>) -> usize {
        if self.weighed.len() >= REMEMBERED {
            self.weighed.clear();
        }
        let place = Arc::as_ptr(resource).addr();
        self.weighed.entry(place).or_insert_with(|| (Arc::clone(resource), convert::resource_size(resource))).1
    }
}
