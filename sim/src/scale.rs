//! Weighs messages: how long they are on the wire.
//!
//! One version of a resource goes to many zones, and is the same bytes each time, so that each is weighed once.
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    resource::Resource,
    sync::{Message, Request, Response},
};
use strait_scenarios::meters::{self, Scale as _};
use strait_shell::convert;

/// So many resources are remembered. They are few at any time; a run may see any number.
const REMEMBERED: usize = 1 << 14;

/// A scale that remembers what it has weighed.
#[derive(Debug, Default)]
pub struct Scale {
    /// By where they are in memory. They are kept there, so that no other can come to be at that place.
    weighed: BTreeMap<usize, (Arc<Resource>, usize)>,
}

impl Scale {
    /// The size of either in bytes.
    pub(crate) fn message(&mut self, message: &Message) -> u64 {
        match message {
            Message::Request(request) => self.request(request),
            Message::Response(response) => self.response(response),
        }
    }

    fn resource(&mut self, resource: &Arc<Resource>) -> usize {
        if self.weighed.len() >= REMEMBERED {
            self.weighed.clear();
        }
        let place = Arc::as_ptr(resource).addr();
        self.weighed.entry(place).or_insert_with(|| (Arc::clone(resource), convert::resource_size(resource))).1
    }
}

impl meters::Scale for Scale {
    fn request(&mut self, request: &Request) -> u64 {
        convert::request_size(request) as u64
    }

    fn response(&mut self, response: &Response) -> u64 {
        convert::response_size(response, &mut |resource| self.resource(resource)) as u64
    }
}
