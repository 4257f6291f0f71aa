//! How many zones are sent everything at a time.
//!
//! To send everything takes memory and time, and after a restart all zones may ask for it at once. So only some are served at a
//! time; the others wait in line, and global says so. Whoever takes long gives its place up to the next and goes to the end of the
//! line, with what it has been sent so far, so that slow zones do not starve the others. Changes never wait in line.
use crate::{resource::ZoneName, sync::clocks, time::Mono};
use std::collections::BTreeMap;

/// The places, and the line.
#[derive(Debug)]
pub(super) struct Snapshots {
    most: usize,
    /// Who is served, and since when.
    served: BTreeMap<ZoneName, Mono>,
    /// Who waits, in order.
    line: BTreeMap<u64, ZoneName>,
    numbers: BTreeMap<ZoneName, u64>,
    next_number: u64,
    /// The last moment that was said.
    last: Mono,
}

impl Snapshots {
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, served: BTreeMap::new(), line: BTreeMap::new(), numbers: BTreeMap::new(), next_number: 0, last: Mono(0) }
    }

    /// Whether this zone, which needs everything, is served now. If not, it stands in line.
    pub(super) fn enter(&mut self, zone: &ZoneName, now: Mono) -> bool {
        self.last = now;
        if self.served.contains_key(zone) {
            return true;
        }
        let is_next = self.line.values().next().is_none_or(|first| first == zone);
        if is_next && self.served.len() < self.most {
            self.leave(zone);
            self.served.insert(zone.clone(), now);
            return true;
        }
        self.stand_in_line(zone);
        false
    }

    /// This zone needs nothing of the sort any more, or is gone.
    pub(super) fn leave(&mut self, zone: &ZoneName) {
        self.served.remove(zone);
        if let Some(number) = self.numbers.remove(zone) {
            self.line.remove(&number);
        }
    }

    pub(super) fn waits(&self, zone: &ZoneName) -> bool {
        self.numbers.contains_key(zone)
    }

    /// Who may enter now.
    pub(super) fn next(&self) -> Option<ZoneName> {
        self.line.values().next().filter(|_| self.served.len() < self.most).cloned()
    }

    /// When to look at the line: at once if there is a place, or when somebody has to give up its own for those who wait.
    pub(super) fn deadline(&self) -> Option<(Mono, &'static str)> {
        if self.next().is_some() {
            return Some((self.last, "a full transfer may begin"));
        }
        let since = self.served.values().min().filter(|_| !self.line.is_empty())?;
        Some((since.after(clocks::SNAPSHOT_TURN), "a full transfer takes long, and others wait"))
    }

    /// Those who have taken long go to the end of the line, no more of them than wait.
    pub(super) fn take_turns(&mut self, now: Mono) -> Vec<ZoneName> {
        let over = self.served.iter().filter(|(_, since)| since.after(clocks::SNAPSHOT_TURN) <= now).map(|(zone, _)| zone.clone());
        let over: Vec<ZoneName> = over.take(self.line.len()).collect();
        for zone in &over {
            self.served.remove(zone);
            self.stand_in_line(zone);
        }
        over
    }

    fn stand_in_line(&mut self, zone: &ZoneName) {
        if !self.numbers.contains_key(zone) {
            self.numbers.insert(zone.clone(), self.next_number);
            self.line.insert(self.next_number, zone.clone());
            self.next_number += 1;
        }
    }
}
