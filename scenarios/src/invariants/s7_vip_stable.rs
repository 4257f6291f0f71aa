//! S7, VIP stable: while a zone holds a service, the address of that does not change: not through restarts, partitions, or edits of
//! anything else.
//!
//! A disk that was emptied or restored knows nothing of what was given since.
use super::{Broken, Invariant};
use crate::{
    event::{DiskProvenance, NodeId, What},
    oracle::{
        addresses::Addresses,
        truth::{Happened, Truth},
    },
};
use std::collections::BTreeMap;

/// S7.
#[derive(Debug, Default)]
pub(super) struct VipStable {
    zones: BTreeMap<NodeId, Addresses>,
}

impl Invariant for VipStable {
    fn id(&self) -> &'static str {
        "S7"
    }

    fn slug(&self) -> &'static str {
        "vip-stable"
    }

    fn see(&mut self, _: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        let Some(name) = event.node.zone() else {
            return Ok(());
        };
        let shown = self.zones.entry(event.node.clone()).or_default();
        if matches!(&event.what, What::Started { disk, .. } if *disk != DiskProvenance::Own) {
            *shown = Addresses::default();
        }
        for (service, before, _) in shown.follow(name, event) {
            let now = shown.given.get(&service).copied();
            if now != Some(before) && shown.is_held(&service) {
                let now = now.map_or("none".to_owned(), |now| now.to_string());
                return Err(Broken::at(
                    event,
                    format!("{service} had the address {before}, and has {now}, although it was held all the time"),
                ));
            }
        }
        Ok(())
    }
}
