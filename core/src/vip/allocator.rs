//! Who has which address.
//!
//! An address belongs to a service, not to the resource that describes it: a service that is deleted and made again, or synced anew, has the
//! same one (Kuma gives it another one, kumahq/kuma#13592). Its record is durable before anybody hears of it, so that no two services ever
//! have one address, across restarts too.
//!
//! A released address rests for [`RELEASED_FOR`] before it is given to another service: so long a client may go on with an answer of
//! DNS, from the moment in which nobody is given that answer any more. Time does not go on while nobody runs: after a restart it rests for
//! all of that time again. Addresses that were never given out come first.
use super::{VipRange, VipRanges};
use crate::{
    machine::{Durable, RecoverError},
    names::{ANSWER_TTL_SECONDS, ServiceId},
    records::{self, Writes},
    resource::Kind,
    time::Mono,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    time::Duration,
};

/// So long a released address is given to nobody else: twice the TTL of an answer, for what a resolver between adds.
pub const RELEASED_FOR: Duration = Duration::from_secs(2 * ANSWER_TTL_SECONDS as u64);

/// It is not known yet when a released address begins to rest.
const NOT_SEEN: Mono = Mono(u64::MAX);

/// Of so many released addresses it is remembered whose they were, so that a service that comes back has its own again.
const REMEMBERED: usize = 1500;

/// Gives addresses to services.
#[derive(Debug)]
pub struct VipAllocator {
    ranges: VipRanges,
    held: BTreeMap<Ipv4Addr, Held>,
    of: BTreeMap<ServiceId, Ipv4Addr>,
    /// The released ones, with the moment until which they rest.
    resting: BTreeSet<(Mono, Ipv4Addr)>,
    /// Where the search for the next address begins, for each kind of services.
    next: BTreeMap<Kind, u32>,
    /// The services for which there was none, in the order in which they get one.
    waiting: BTreeSet<ServiceId>,
}

#[derive(Clone, Debug)]
struct Held {
    by: ServiceId,
    /// Once it is released: until when nobody else gets it.
    rests_until: Option<Mono>,
}

/// What is stored of one address.
#[derive(Serialize, Deserialize)]
struct Record<S> {
    service: S,
    #[serde(default)]
    released: bool,
}

/// What became different for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VipChange {
    /// It has this address.
    Given(ServiceId, Ipv4Addr),
    /// It has none any more.
    Taken(ServiceId),
    /// There is none for it: all are given out, or rest.
    Waits(ServiceId),
}

impl VipAllocator {
    /// Goes on from what is stored. Services that are no more are to be released by the caller.
    ///
    /// # Errors
    /// A record that cannot be read, or gives a service two addresses.
    pub fn recover(ranges: VipRanges, durable: &Durable, now: Mono) -> Result<Self, RecoverError> {
        let (held, of, resting, next, waiting) = Default::default();
        let mut vips = Self { ranges, held, of, resting, next, waiting };
        for (key, rest, bytes) in records::below(durable, records::VIPS) {
            let address: Ipv4Addr = rest.parse().map_err(|_| records::unreadable(key, "its key is no address".to_owned()))?;
            let record: Record<ServiceId> = records::parse(key, bytes)?;
            let rests_until = record.released.then(|| now.after(RELEASED_FOR));
            if let Some(other) = vips.of.insert(record.service.clone(), address) {
                return Err(records::unreadable(key, format!("{} has {other}, too", record.service)));
            }
            vips.resting.extend(rests_until.map(|until| (until, address)));
            if vips.ranges.of(&record.service.kind).contains(address) {
                vips.next.insert(record.service.kind.clone(), u32::from(address).wrapping_add(1));
            }
            vips.held.insert(address, Held { by: record.service, rests_until });
        }
        Ok(vips)
    }

    /// The services that have an address, and which.
    pub fn given(&self) -> impl Iterator<Item = (&ServiceId, Ipv4Addr)> {
        self.held.iter().filter(|(_, held)| held.rests_until.is_none()).map(|(address, held)| (&held.by, *address))
    }

    /// The services for which there is none.
    pub fn waiting(&self) -> impl Iterator<Item = &ServiceId> {
        self.waiting.iter()
    }

    /// When an address will have rested for which somebody waits.
    pub fn deadline(&self) -> Option<Mono> {
        let kinds: BTreeSet<&Kind> = self.waiting.iter().map(|service| &service.kind).collect();
        let first = kinds.into_iter().filter_map(|kind| self.first_to_rest(kind)).map(|(until, _)| until);
        first.min().filter(|until| *until != NOT_SEEN)
    }

    /// A service is there.
    pub(crate) fn want(&mut self, now: Mono, service: &ServiceId, writes: &mut Writes) -> Option<VipChange> {
        if let Some(address) = self.of.get(service).copied() {
            let until = self.held.get_mut(&address)?.rests_until.take()?;
            self.resting.remove(&(until, address));
            write(address, service, false, writes);
            return Some(VipChange::Given(service.clone(), address));
        }
        if let Some(address) = self.free(&service.kind).or_else(|| self.rested(&service.kind, now)) {
            return Some(self.give(address, service, writes));
        }
        self.waiting.insert(service.clone()).then(|| VipChange::Waits(service.clone()))
    }

    /// A service is no more.
    pub(crate) fn release(&mut self, now: Mono, service: &ServiceId, writes: &mut Writes) -> Option<VipChange> {
        if self.waiting.remove(service) {
            return Some(VipChange::Taken(service.clone()));
        }
        let address = self.of.get(service)?;
        let held = self.held.get_mut(address).filter(|held| held.rests_until.is_none())?;
        held.rests_until = Some(NOT_SEEN);
        self.resting.insert((NOT_SEEN, *address));
        write(*address, service, true, writes);
        self.forget(now, writes);
        Some(VipChange::Taken(service.clone()))
    }

    /// Everything that was released until now is seen to be: from now on it rests.
    pub(crate) fn seen(&mut self, now: Mono) {
        let until = now.after(RELEASED_FOR);
        for (_, address) in self.resting.split_off(&(NOT_SEEN, Ipv4Addr::UNSPECIFIED)) {
            self.resting.insert((until, address));
            self.held.entry(address).and_modify(|held| held.rests_until = Some(until));
        }
    }

    /// Of released addresses it is not remembered for ever whose they were.
    fn forget(&mut self, now: Mono, writes: &mut Writes) {
        while self.resting.len() > REMEMBERED
            && let Some((until, address)) = self.resting.first().copied().filter(|(until, _)| *until <= now)
        {
            self.resting.remove(&(until, address));
            if let Some(held) = self.held.remove(&address) {
                self.of.remove(&held.by);
            }
            writes.delete(records::vip(address));
        }
    }

    /// Gives what has rested to those who wait.
    pub(crate) fn wake(&mut self, now: Mono, writes: &mut Writes) -> Vec<VipChange> {
        let mut changes = Vec::new();
        while let Some((service, address)) =
            self.waiting.iter().find_map(|service| Some((service.clone(), self.rested(&service.kind, now)?)))
        {
            self.waiting.remove(&service);
            changes.push(self.give(address, &service, writes));
        }
        changes
    }

    fn give(&mut self, address: Ipv4Addr, service: &ServiceId, writes: &mut Writes) -> VipChange {
        if let Some(before) = self.held.insert(address, Held { by: service.clone(), rests_until: None }) {
            before.rests_until.into_iter().for_each(|until| _ = self.resting.remove(&(until, address)));
            self.of.remove(&before.by);
        }
        self.of.insert(service.clone(), address);
        self.next.insert(service.kind.clone(), u32::from(address).wrapping_add(1));
        write(address, service, false, writes);
        VipChange::Given(service.clone(), address)
    }

    /// The next address that nobody has or had, going round.
    fn free(&self, kind: &Kind) -> Option<Ipv4Addr> {
        let range = self.ranges.of(kind);
        let (first, last) = (u32::from(range.first()), u32::from(range.last()));
        let from = self.next.get(kind).copied().filter(|next| (first..=last).contains(next)).unwrap_or(first);
        let gap = |from: u32, to: u32| {
            let mut free = from;
            for address in self.held.range(Ipv4Addr::from(from)..=Ipv4Addr::from(to)).map(|(address, _)| u32::from(*address)) {
                if address != free {
                    break;
                }
                free = address.checked_add(1)?;
            }
            (free <= to).then(|| Ipv4Addr::from(free))
        };
        gap(from, last).or_else(|| gap(first, last))
    }

    /// The address that has rested for longest, if it has rested for long enough.
    fn rested(&self, kind: &Kind, now: Mono) -> Option<Ipv4Addr> {
        self.first_to_rest(kind).filter(|(until, _)| *until <= now).map(|(_, address)| address)
    }

    fn first_to_rest(&self, kind: &Kind) -> Option<(Mono, Ipv4Addr)> {
        let range: VipRange = self.ranges.of(kind);
        self.resting.iter().find(|(_, address)| range.contains(*address)).copied()
    }
}

fn write(address: Ipv4Addr, service: &ServiceId, released: bool, writes: &mut Writes) {
    writes.put(records::vip(address), &Record { service, released });
}
