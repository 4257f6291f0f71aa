//! What resources look like, each version looked at once.
//!
//! One version is sent to many zones and held by all of them, and it is the same one in memory wherever messages are not written down.
use super::fact::Print;
use std::{cell::RefCell, collections::BTreeMap, sync::Arc};
use strait_core::resource::Resource;

/// So many are remembered. They are few at any time; a run may see any number.
const REMEMBERED: usize = 1 << 14;

/// The prints that were taken.
#[derive(Debug, Default)]
pub(crate) struct Prints {
    /// By where they are in memory. They are kept there, so that no other can come to be at that place.
    taken: RefCell<BTreeMap<usize, (Arc<Resource>, Print)>>,
}

impl Prints {
    /// The print of a resource.
    pub(crate) fn of(&self, resource: &Arc<Resource>) -> Print {
        let mut taken = self.taken.borrow_mut();
        if taken.len() >= REMEMBERED {
            taken.clear();
        }
        taken.entry(Arc::as_ptr(resource).addr()).or_insert_with(|| (Arc::clone(resource), Print::of(resource))).1
    }
}
