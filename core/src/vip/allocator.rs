//! Who has which address.
//!
//! An address belongs to a service, not to the resource that describes it: a service that is deleted and made again, or synced anew, has the
//! same one (Kuma gives it another one, kumahq/kuma#13592). Its record is durable before anybody hears of it, so that no two services ever
//! have one address, across restarts too.
//!
//! A released address rests for [`RELEASED_FOR`] before it is given to another service: so long a client may go on with an answer of
//! DNS, from the moment in which nobody is given that answer any more. Time does not go on while nobody runs: after a restart it rests for
//! all of that time again. Addresses that were never given out come first.
//!
//! In a cluster an address has an object there, named by it, so that nobody gives it twice who does not share the store ([`Claims`]): an address is
//! somebody's once the object was seen that says so. Before it is known which there are, nobody gets a new one. What the objects say stands also if
//! the store was lost: a service has the address again that it had.
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

/// Who says which addresses are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claims {
    /// The store alone.
    InStore,
    /// Objects of the zone's cluster, too.
    InCluster,
}

/// Gives addresses to services.
#[derive(Debug)]
pub struct VipAllocator {
    ranges: VipRanges,
    /// In a cluster, before it is known which objects there are, nobody is given another address.
    is_known: bool,
    claims: Claims,
    /// Addresses that somebody else gave, to a service that has another one here, or to nobody knows whom.
    foreign: BTreeSet<Ipv4Addr>,
    /// Whose objects may have to be others.
    claimed: BTreeSet<Ipv4Addr>,
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
    /// Whether it was seen that it is its own.
    seen: Seen,
    /// Who had it before, while that is so.
    before: Option<ServiceId>,
}

/// Whether it was seen that an address is somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// Not yet: nobody hears of it.
    Never,
    /// Before this start. What is said now counts more.
    Once,
    /// It is.
    Now,
}

/// What is stored of one address.
#[derive(Serialize, Deserialize)]
struct Record<S> {
    service: S,
    #[serde(default)]
    released: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unseen: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<S>,
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
    pub fn recover((ranges, claims): (VipRanges, Claims), durable: &Durable, now: Mono) -> Result<Self, RecoverError> {
        let (held, of, resting, next, waiting, foreign, claimed) = Default::default();
        let is_known = claims == Claims::InStore;
        let mut vips = Self { ranges, is_known, claims, foreign, claimed, held, of, resting, next, waiting };
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
            vips.claim(address);
            let seen = if record.unseen && claims == Claims::InCluster { Seen::Never } else { Seen::Once };
            vips.held.insert(address, Held { by: record.service, rests_until, seen, before: record.before });
        }
        Ok(vips)
    }

    /// The services that have an address of which they may tell, and which.
    pub fn given(&self) -> impl Iterator<Item = (&ServiceId, Ipv4Addr)> {
        self.held.iter().filter(|(_, held)| held.is_given()).map(|(address, held)| (&held.by, *address))
    }

    /// The services that have an address, or will have it once that is seen.
    pub fn holders(&self) -> impl Iterator<Item = &ServiceId> {
        self.held.values().filter(|held| held.rests_until.is_none()).map(|held| &held.by)
    }

    /// Whether it is known which addresses are given.
    pub(crate) fn is_known(&self) -> bool {
        self.is_known
    }

    /// The addresses whose objects may have to be others than before.
    pub(crate) fn take_claimed(&mut self) -> BTreeSet<Ipv4Addr> {
        std::mem::take(&mut self.claimed)
    }

    /// Whether somebody was told whose an address is.
    pub(crate) fn is_told(&self, address: Ipv4Addr) -> bool {
        self.held.get(&address).is_some_and(|held| held.seen != Seen::Never)
    }

    /// Whether an address is somebody else's.
    pub(crate) fn is_foreign(&self, address: Ipv4Addr) -> bool {
        self.foreign.contains(&address)
    }

    /// Whose an address is to be, as its object is to say.
    pub(crate) fn claimant(&self, address: Ipv4Addr) -> Option<&ServiceId> {
        self.held.get(&address).map(|held| &held.by)
    }

    fn claim(&mut self, address: Ipv4Addr) {
        if self.claims == Claims::InCluster {
            self.claimed.insert(address);
        }
    }

    /// The services for which there is none.
    pub fn waiting(&self) -> impl Iterator<Item = &ServiceId> {
        self.waiting.iter()
    }

    /// When an address will have rested for which somebody waits.
    pub fn deadline(&self) -> Option<Mono> {
        if !self.is_known {
            return None;
        }
        let kinds: BTreeSet<&Kind> = self.waiting.iter().map(|service| &service.kind).collect();
        let first = kinds.into_iter().filter_map(|kind| self.first_to_rest(kind)).map(|(until, _)| until);
        first.min().filter(|until| *until != NOT_SEEN)
    }

    /// A service is there.
    pub(crate) fn want(&mut self, now: Mono, service: &ServiceId, writes: &mut Writes) -> Option<VipChange> {
        if let Some(address) = self.of.get(service).copied() {
            let held = self.held.get_mut(&address)?;
            let until = held.rests_until.take()?;
            self.resting.remove(&(until, address));
            held.write(address, writes);
            return held.is_given().then(|| VipChange::Given(service.clone(), address));
        }
        if !self.is_known {
            // It is not that there is none.
            self.waiting.insert(service.clone());
            return None;
        }
        if let Some(address) = self.free(&service.kind).or_else(|| self.rested(&service.kind, now)) {
            return self.give(address, service, writes);
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
        held.write(*address, writes);
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
            self.claim(address);
        }
    }

    /// Gives what has rested to those who wait.
    pub(crate) fn wake(&mut self, now: Mono, writes: &mut Writes) -> Vec<VipChange> {
        let mut changes = Vec::new();
        if !self.is_known {
            return changes;
        }
        while let Some((service, address)) =
            self.waiting.iter().find_map(|service| Some((service.clone(), self.rested(&service.kind, now)?)))
        {
            self.waiting.remove(&service);
            changes.extend(self.give(address, &service, writes));
        }
        changes
    }

    /// It is known which objects there are: whoever waited for that is given an address, if there is one.
    pub(crate) fn known(&mut self, now: Mono, writes: &mut Writes) -> Vec<VipChange> {
        if std::mem::replace(&mut self.is_known, true) {
            return Vec::new();
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting.iter().filter_map(|service| self.want(now, service, writes)).collect()
    }

    /// There is an object that says that an address is a service's; `None`: it does not say whose.
    pub(crate) fn found(&mut self, now: Mono, address: Ipv4Addr, service: Option<&ServiceId>, writes: &mut Writes) -> Vec<VipChange> {
        self.claim(address);
        let Some(held) = self.held.get_mut(&address) else {
            let mut changes = Vec::new();
            self.adopt(now, address, service, writes, &mut changes);
            return changes;
        };
        let is_its = service == Some(&held.by);
        if is_its {
            let was_given = held.is_given();
            let was_told = held.seen != Seen::Never;
            (held.seen, held.before) = (Seen::Now, None);
            if !was_told {
                held.write(address, writes);
            }
            return (held.is_given() && !was_given).then(|| VipChange::Given(held.by.clone(), address)).into_iter().collect();
        }
        // Somebody has changed the object of an address of which others have heard; or it says whose it was.
        if held.seen == Seen::Now || (service.is_some() && held.before.as_ref() == service) {
            return Vec::new();
        }
        self.lose(now, address, service, writes)
    }

    /// Somebody else was faster: the address is not ours to give.
    fn lose(&mut self, now: Mono, address: Ipv4Addr, service: Option<&ServiceId>, writes: &mut Writes) -> Vec<VipChange> {
        let Some(lost) = self.held.remove(&address) else { return Vec::new() };
        self.of.remove(&lost.by);
        lost.rests_until.into_iter().for_each(|until| _ = self.resting.remove(&(until, address)));
        writes.delete_also_if_put(records::vip(address));
        let mut changes: Vec<VipChange> = lost.is_given().then(|| VipChange::Taken(lost.by.clone())).into_iter().collect();
        self.adopt(now, address, service, writes, &mut changes);
        if lost.rests_until.is_none() {
            changes.extend(self.want(now, &lost.by, writes));
        }
        changes
    }

    /// Takes over what an object says of an address that nobody has here. What there was before this start is ours, from before the store was
    /// lost; what comes later is somebody else's.
    fn adopt(&mut self, now: Mono, address: Ipv4Addr, service: Option<&ServiceId>, writes: &mut Writes, changes: &mut Vec<VipChange>) {
        let is_ours =
            |service: &&ServiceId| !self.is_known && !self.of.contains_key(*service) && self.ranges.of(&service.kind).contains(address);
        let Some(service) = service.filter(is_ours) else {
            self.foreign.insert(address);
            return;
        };
        self.foreign.remove(&address);
        let is_there = self.waiting.remove(service);
        let rests_until = (!is_there).then(|| now.after(RELEASED_FOR));
        self.resting.extend(rests_until.map(|until| (until, address)));
        let held = Held { by: service.clone(), rests_until, seen: Seen::Now, before: None };
        held.write(address, writes);
        changes.extend(is_there.then(|| VipChange::Given(service.clone(), address)));
        self.of.insert(service.clone(), address);
        self.held.insert(address, held);
    }

    /// There is no object of an address any more.
    pub(crate) fn gone(&mut self, address: Ipv4Addr) {
        self.foreign.remove(&address);
        self.claim(address);
    }

    /// Gives an address: at once, or once its object was seen.
    fn give(&mut self, address: Ipv4Addr, service: &ServiceId, writes: &mut Writes) -> Option<VipChange> {
        let before = self.held.remove(&address);
        if let Some(before) = &before {
            before.rests_until.into_iter().for_each(|until| _ = self.resting.remove(&(until, address)));
            self.of.remove(&before.by);
        }
        let (seen, before) = match self.claims {
            Claims::InStore => (Seen::Now, None),
            Claims::InCluster => (Seen::Never, before.map(|before| before.by)),
        };
        let held = Held { by: service.clone(), rests_until: None, seen, before };
        held.write(address, writes);
        let is_given = held.is_given();
        self.held.insert(address, held);
        self.of.insert(service.clone(), address);
        self.next.insert(service.kind.clone(), u32::from(address).wrapping_add(1));
        self.claim(address);
        is_given.then(|| VipChange::Given(service.clone(), address))
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
            (free <= to).then_some(free)
        };
        let free = |from: u32, to: u32| {
            let mut free = gap(from, to)?;
            while self.foreign.contains(&Ipv4Addr::from(free)) {
                free = gap(free.checked_add(1).filter(|next| *next <= to)?, to)?;
            }
            Some(Ipv4Addr::from(free))
        };
        free(from, last).or_else(|| free(first, last))
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

impl Held {
    fn is_given(&self) -> bool {
        self.rests_until.is_none() && self.seen != Seen::Never
    }

    fn write(&self, address: Ipv4Addr, writes: &mut Writes) {
        let (released, unseen) = (self.rests_until.is_some(), self.seen == Seen::Never);
        writes.put(records::vip(address), &Record { service: &self.by, released, unseen, before: self.before.as_ref() });
    }
}
