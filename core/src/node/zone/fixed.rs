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
    /// `None`: it has none that anybody here could be told of.
    of: BTreeMap<ServiceId, Option<Ipv4Addr>>,
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

    /// What its cluster says of the address of a service; `None`: nothing any more. Says which services have another address than before: first
    /// those that have none.
    pub(super) fn set(&mut self, service: &ServiceId, said: Option<Option<Ipv4Addr>>) -> Vec<(ServiceId, Option<Ipv4Addr>)> {
        let before = match said {
            Some(said) => self.of.insert(service.clone(), said),
            None => self.of.remove(service),
        };
        let (before, address) = (before.flatten(), said.flatten());
        if before == address {
            return Vec::new();
        }
        let (mut taken, mut given) = (Vec::new(), Vec::new());
        if let Some(before) = before {
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

/// The address that a service of this zone has from its cluster, if that is where it has it from. Proxies are told of IPv4 only.
pub(super) fn of(resource: &Resource) -> Option<Option<Ipv4Addr>> {
    let is_converted = resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == kubernetes::BY);
    if !is_converted || resource.origin() != Some(Origin::Zone) {
        return None;
    }
    let vips = resource.status.as_ref().and_then(Spec::value).and_then(|status| status.get("vips")?.as_array());
    Some(vips.into_iter().flatten().filter_map(|vip| vip.get("ip")?.as_str()?.parse().ok()).next())
}
