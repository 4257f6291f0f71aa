//! Names and virtual IPs of the services that a zone knows: its own, and others' of which global told.
use super::fixed::{self, Fixed};
use crate::{
    machine::{Durable, RecoverError},
    names::{NameChange, Names, ServiceId},
    node::{ObservationChange, VipState},
    records::Writes,
    resource::{MeshName, Resource, ZoneName},
    sync::catalog::Write,
    time::Mono,
    vip::{Claims, VipAllocator, VipChange, VipRanges},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
};

/// What a cluster says of the address of a service; `None`: it has no say.
type Said = Option<Option<Ipv4Addr>>;

/// What leads to services, kept up with what is held.
#[derive(Debug)]
pub(super) struct Services {
    zone: ZoneName,
    names: Names,
    vips: VipAllocator,
    /// Those that a cluster gave.
    fixed: Fixed,
}

impl Services {
    /// Goes on from what is stored, and takes up what was left: a service that went without an address being released, or came without one.
    pub(super) fn recover<'a>(
        zone: &ZoneName,
        addresses: (VipRanges, Claims),
        durable: &Durable,
        held: impl Iterator<Item = &'a Arc<Resource>>,
        now: Mono,
        writes: &mut Writes,
    ) -> Result<(Self, Vec<ObservationChange>), RecoverError> {
        let vips = VipAllocator::recover(addresses, durable, now)?;
        let mut services = Self { zone: zone.clone(), names: Names::new(zone.clone()), vips, fixed: Fixed::default() };
        let held: Vec<&Arc<Resource>> = held.collect();
        let changes = services.names.apply(held.iter().map(|resource| (&resource.key, Some(*resource))));
        let said: Vec<_> = held.iter().filter_map(|resource| services.said_by(resource)).collect();
        for (service, address) in said {
            services.fixed.set(&service, address);
        }
        let there: BTreeSet<&ServiceId> = changes.iter().filter_map(arrived).filter(|service| !services.fixed.has(service)).collect();
        let left: Vec<ServiceId> = services.vips.holders().filter(|service| !there.contains(service)).cloned().collect();
        left.iter().for_each(|service| _ = services.vips.release(now, service, writes));
        there.into_iter().for_each(|service| _ = services.vips.want(now, service, writes));
        let given = services.given().map(|(service, address)| VipChange::Given(service.clone(), address));
        let waiting = services.vips.waiting().filter(|_| services.vips.is_known()).map(|service| VipChange::Waits(service.clone()));
        let mut told: Vec<ObservationChange> = given.chain(waiting).map(vip).collect();
        told.extend(changes.into_iter().filter_map(named));
        Ok((services, told))
    }

    /// Takes over what changed.
    pub(super) fn change(&mut self, now: Mono, changes: &[Write], writes: &mut Writes) -> Vec<ObservationChange> {
        let mut said: BTreeMap<ServiceId, Said> = changes.iter().filter_map(|change| self.said_by(change.resource()?)).collect();
        let changes = self.names.apply(changes.iter().map(|change| (change.key(), change.resource())));
        let mut told = Vec::new();
        // What becomes free now rests, and so is for none of those that come.
        for change in &changes {
            match change {
                NameChange::Arrived(service) => match said.remove(service).flatten() {
                    Some(address) => told.extend(self.fixed.set(service, Some(address)).into_iter().map(fixed)),
                    // The range's.
                    None => told.extend(self.vips.want(now, service, writes).map(vip)),
                },
                NameChange::Left(service) => {
                    said.remove(service);
                    told.extend(self.fixed.set(service, None).into_iter().map(fixed));
                    told.extend(self.vips.release(now, service, writes).map(vip));
                }
                NameChange::Named { .. } => {}
            }
        }
        for (service, said) in said {
            told.extend(self.turn(now, &service, said, writes));
        }
        told.extend(changes.into_iter().filter_map(named));
        told
    }

    /// A service that was there before has its address from its cluster, or no longer.
    fn turn(&mut self, now: Mono, service: &ServiceId, said: Said, writes: &mut Writes) -> Vec<ObservationChange> {
        let was_fixed = self.fixed.has(service);
        let mut told = Vec::new();
        if said.is_some() && !was_fixed {
            told.extend(self.vips.release(now, service, writes).map(vip));
        }
        told.extend(self.fixed.set(service, said).into_iter().map(fixed));
        if said.is_none() && was_fixed {
            told.extend(self.vips.want(now, service, writes).map(vip));
        }
        told
    }

    /// The service that a resource describes, if its cluster may say what its address is, and the address.
    fn said_by(&self, resource: &Resource) -> Option<(ServiceId, Said)> {
        let service = ServiceId::of(resource, &self.zone).filter(|service| service.zone.as_ref() == Some(&self.zone))?;
        Some((service, fixed::of(resource)))
    }

    /// The services that have an address, and which.
    pub(super) fn given(&self) -> impl Iterator<Item = (&ServiceId, Ipv4Addr)> {
        self.vips.given().chain(self.fixed.given())
    }

    /// All names, and to which service of which mesh each leads.
    pub(super) fn names(&self) -> impl Iterator<Item = (&MeshName, &str, &ServiceId)> {
        self.names.all()
    }

    /// It is known which addresses have objects in the cluster.
    pub(super) fn known(&mut self, now: Mono, writes: &mut Writes) -> Vec<ObservationChange> {
        self.vips.known(now, writes).into_iter().map(vip).collect()
    }

    /// An object says whose an address is; `None`: nobody can tell.
    pub(super) fn found(&mut self, now: Mono, at: Ipv4Addr, service: Option<&ServiceId>, writes: &mut Writes) -> Vec<ObservationChange> {
        self.vips.found(now, at, service, writes).into_iter().map(vip).collect()
    }

    /// There is no object of an address.
    pub(super) fn unclaimed(&mut self, address: Ipv4Addr) {
        self.vips.gone(address);
    }

    /// Addresses whose objects may have to be others.
    pub(super) fn take_claimed(&mut self) -> BTreeSet<Ipv4Addr> {
        self.vips.take_claimed()
    }

    /// Whether somebody was told whose an address is.
    pub(super) fn is_told(&self, address: Ipv4Addr) -> bool {
        self.vips.is_told(address)
    }

    /// Whether an address is somebody else's.
    pub(super) fn is_foreign(&self, address: Ipv4Addr) -> bool {
        self.vips.is_foreign(address)
    }

    /// Whose an address is to be, as its object is to say.
    pub(super) fn claimant(&self, address: Ipv4Addr) -> Option<&ServiceId> {
        self.vips.claimant(address)
    }

    /// All that was said so far is durable, and known.
    pub(super) fn seen(&mut self, now: Mono) {
        self.vips.seen(now);
    }

    /// Gives addresses that have rested to services that wait for one.
    pub(super) fn wake(&mut self, now: Mono, writes: &mut Writes) -> Vec<ObservationChange> {
        self.vips.wake(now, writes).into_iter().map(vip).collect()
    }

    /// When one of them has rested.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.vips.deadline()
    }
}

fn arrived(change: &NameChange) -> Option<&ServiceId> {
    if let NameChange::Arrived(service) = change { Some(service) } else { None }
}

fn fixed((service, address): (ServiceId, Option<Ipv4Addr>)) -> ObservationChange {
    ObservationChange::Vip { service, vip: address.map(VipState::Given) }
}

fn vip(change: VipChange) -> ObservationChange {
    match change {
        VipChange::Given(service, address) => ObservationChange::Vip { service, vip: Some(VipState::Given(address)) },
        VipChange::Waits(service) => ObservationChange::Vip { service, vip: Some(VipState::Exhausted) },
        VipChange::Taken(service) => ObservationChange::Vip { service, vip: None },
    }
}

fn named(change: NameChange) -> Option<ObservationChange> {
    match change {
        NameChange::Named { mesh, name, service } => Some(ObservationChange::Named { mesh, name, service }),
        NameChange::Arrived(_) | NameChange::Left(_) => None,
    }
}
