//! Whose each address of a zone was: what a search must know to tell whether one was used again.
use crate::event::NodeId;
use std::{collections::BTreeMap, net::Ipv4Addr};
use strait_core::{names::ServiceId, node::VipState};

/// Whose each address was last, by the zone that gave it.
#[derive(Default)]
pub(super) struct Owners {
    last: BTreeMap<(NodeId, Ipv4Addr), ServiceId>,
}

impl Owners {
    /// The mark that is reached as a zone shows this of a service.
    pub(super) fn see(&mut self, zone: &NodeId, service: &ServiceId, vip: Option<VipState>) -> Option<&'static str> {
        match vip? {
            VipState::Exhausted => Some("vip-exhausted"),
            VipState::Given(address) => {
                let before = self.last.insert((zone.clone(), address), service.clone());
                before.is_some_and(|before| before != *service).then_some("vip-reused")
            }
        }
    }
}
