//! Addresses that services have from their cluster, and that nobody here gives or takes.
//!
//! An address leads to one service: of several that have one, as headless ones before the same pod, the first has it here.
use crate::{
    kubernetes,
    names::ServiceId,
    resource::{Origin, Resource, Spec, labels},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// Who has which.
#[derive(Debug, Default)]
pub(super) struct Fixed {
    of: BTreeMap<ServiceId, Ipv4Addr>,
    owners: BTreeMap<Ipv4Addr, BTreeSet<ServiceId>>,
}

impl Fixed {
    /// The services that an address leads to, and which address.
    pub(super) fn given(&self) -> impl Iterator<Item = (&ServiceId, Ipv4Addr)> {
        self.owners.iter().filter_map(|(address, owners)| Some((owners.first()?, *address)))
    }

    /// Whether the address of a service is its cluster's to say.
    pub(super) fn has(&self, service: &ServiceId) -> bool {
        self.of.contains_key(service)
    }

    /// A service has this address, or none any more. Says which services have another one than before: first those that have none.
    pub(super) fn set(&mut self, service: &ServiceId, address: Option<Ipv4Addr>) -> Vec<(ServiceId, Option<Ipv4Addr>)> {
        let before = self.of.get(service).copied();
        if before == address {
            return Vec::new();
        }
        let (mut taken, mut given) = (Vec::new(), Vec::new());
        if let Some(before) = before {
            self.of.remove(service);
            let owners = self.owners.entry(before).or_default();
            if owners.first() == Some(service) {
                taken.push((service.clone(), None));
                given.extend(owners.iter().nth(1).map(|next| (next.clone(), Some(before))));
            }
            owners.remove(service);
            if owners.is_empty() {
                self.owners.remove(&before);
            }
        }
        if let Some(address) = address {
            self.of.insert(service.clone(), address);
            let owners = self.owners.entry(address).or_default();
            let first = owners.first().cloned();
            owners.insert(service.clone());
            if owners.first() == Some(service) {
                taken.extend(first.map(|first| (first, None)));
                given.push((service.clone(), Some(address)));
            }
        }
        // Nobody is told twice: who has another address now has had one taken.
        taken.retain(|(service, _)| given.iter().all(|(other, _)| other != service));
        taken.into_iter().chain(given).collect()
    }
}

/// The address that a service of this zone has from its cluster.
pub(super) fn of(resource: &Resource) -> Option<Ipv4Addr> {
    let is_converted = resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == kubernetes::BY);
    if !is_converted || resource.origin() != Some(Origin::Zone) {
        return None;
    }
    let vips = resource.status.as_ref().and_then(Spec::value)?.get("vips")?.as_array()?;
    vips.iter().filter_map(|vip| vip.get("ip")?.as_str()?.parse().ok()).next()
}
