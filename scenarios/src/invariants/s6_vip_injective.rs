//! S6, VIP injective: in a zone no address leads to two services, nor to another service while a client may still go on with the answer that it
//! was given for the one before: for the TTL of an answer of DNS, from the moment in which nobody is given it any more.
//!
//! A disk that was emptied or restored knows nothing of what was given since.
use super::{Broken, Invariant};
use crate::{
    event::{DiskProvenance, NodeId, What},
    oracle::{
        addresses::{Addresses, Moved},
        truth::{Happened, Truth},
    },
};
use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};
use strait_core::{names::ServiceId, time::Mono};

/// So long clients keep an answer (Kuma's resolvers say 30 s).
const TTL: Duration = Duration::from_secs(30);

/// S6.
#[derive(Debug, Default)]
pub(super) struct VipInjective {
    zones: BTreeMap<NodeId, Zone>,
}

#[derive(Debug, Default)]
struct Zone {
    shown: Addresses,
    /// Whose each address is, or was last, and since when it no longer is.
    owners: BTreeMap<Ipv4Addr, (ServiceId, Option<Mono>)>,
    /// When the process last ended: until then what it showed was answered.
    ended: Option<Mono>,
}

impl Zone {
    fn judge(&mut self, at: Mono, service: ServiceId, address: Ipv4Addr, moved: Moved) -> Result<(), String> {
        match (moved, self.owners.get(&address)) {
            (Moved::Taken, Some((owner, None))) if *owner == service => {
                let since = self.ended.unwrap_or(at);
                self.owners.insert(address, (service, Some(since)));
            }
            (Moved::Taken, _) => {}
            (Moved::Given, Some((owner, None))) if *owner != service => {
                return Err(format!("{address} is given to {service}, and {owner} has it"));
            }
            (Moved::Given, Some((owner, Some(since)))) if *owner != service && at < since.after(TTL) => {
                return Err(format!(
                    "{address} is given to {service}, and was {owner}'s until {since}: whoever asked then may still use it"
                ));
            }
            (Moved::Given, _) => _ = self.owners.insert(address, (service, None)),
        }
        Ok(())
    }
}

impl Invariant for VipInjective {
    fn id(&self) -> &'static str {
        "S6"
    }

    fn slug(&self) -> &'static str {
        "vip-injective"
    }

    fn see(&mut self, _: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        let Some(name) = event.node.zone() else {
            return Ok(());
        };
        let zone = self.zones.entry(event.node.clone()).or_default();
        match &event.what {
            What::Stopped { .. } => zone.ended = Some(event.at),
            What::Started { disk, .. } if *disk != DiskProvenance::Own => *zone = Zone::default(),
            _ => {}
        }
        // What no longer has its address is taken note of before who has it now.
        let mut moved = zone.shown.follow(name, event);
        if matches!(event.what, What::Started { .. }) {
            moved.sort_by_key(|(.., moved)| *moved == Moved::Given);
        }
        let judged = moved.into_iter().try_for_each(|(service, address, moved)| zone.judge(event.at, service, address, moved));
        if matches!(event.what, What::Started { .. }) {
            zone.ended = None;
        }
        judged.map_err(|what| Broken::at(event, what))
    }
}
