//! What went, and up to where that has been forgotten.
//!
//! A receiver that holds a position learns from here what went since. Not for ever: beyond a number that grows with what there
//! is, what every known receiver has heard of is forgotten, and beyond a multiple of it the oldest regardless. A receiver whose
//! position lies before what was forgotten is sent everything instead, and drops what is not listed.
use crate::{
    machine::{Durable, RecoverError},
    records::{self, Space, Writes},
    resource::{WireKey, ZoneName},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Of so many resources that there are, one that went is remembered, if that is more than the least number.
const SHARE: usize = 4;
/// So many times the number is remembered for receivers that have not heard of it.
const PATIENCE: usize = 4;

/// What went from one store's own history.
#[derive(Debug, Default)]
pub(crate) struct Tombstones {
    by_name: BTreeMap<WireKey, Gone>,
    by_seq: BTreeSet<(u64, WireKey)>,
    /// All that went at this sequence or before is forgotten.
    forgotten_upto: u64,
}

/// When something went, and which zone had made it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Gone {
    pub(crate) seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) home: Option<ZoneName>,
}

impl Tombstones {
    pub(crate) fn recover(durable: &Durable) -> Result<Self, RecoverError> {
        let forgotten_upto = records::read(durable, &records::forgotten())?.unwrap_or_default();
        let mut tombstones = Self { forgotten_upto, ..Self::default() };
        for (wire, gone) in records::read_space(durable, Space::Gone)? {
            tombstones.bury(wire, gone);
        }
        Ok(tombstones)
    }

    pub(crate) fn get(&self, wire: &WireKey) -> Option<&Gone> {
        self.by_name.get(wire)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&WireKey, &Gone)> {
        self.by_name.iter()
    }

    /// Whether all is known that went after `seq`.
    pub(crate) fn reach_back_to(&self, seq: u64) -> bool {
        seq >= self.forgotten_upto
    }

    /// Remembers, and says when the same went before.
    pub(crate) fn bury(&mut self, wire: WireKey, gone: Gone) -> Option<Gone> {
        let seq = gone.seq;
        let before = self.by_name.insert(wire.clone(), gone);
        if let Some(before) = &before {
            self.by_seq.remove(&(before.seq, wire.clone()));
        }
        self.by_seq.insert((seq, wire));
        before
    }

    /// There is one of this name again.
    pub(crate) fn unbury(&mut self, wire: &WireKey) -> Option<Gone> {
        let gone = self.by_name.remove(wire)?;
        self.by_seq.remove(&(gone.seq, wire.clone()));
        Some(gone)
    }

    /// Forgets what is too much beside `live` resources: at least `least` are remembered, and what went after `heard` as long as
    /// there is room. Returns what was forgotten.
    pub(crate) fn forget(&mut self, live: usize, least: usize, heard: &dyn Fn() -> u64, writes: &mut Writes) -> Vec<(WireKey, Gone)> {
        let most = least.max(live / SHARE);
        let mut forgotten = Vec::new();
        if self.by_name.len() <= most {
            return forgotten;
        }
        let heard = heard();
        while let Some(seq) = self.by_seq.first().map(|(seq, _)| *seq) {
            let remembered = self.by_name.len();
            if remembered <= most || (seq > heard && remembered <= most * PATIENCE) {
                break;
            }
            self.forget_at(seq, &mut forgotten, writes);
        }
        if !forgotten.is_empty() {
            writes.put(records::forgotten(), &self.forgotten_upto);
        }
        forgotten
    }

    /// All that went until now is forgotten.
    pub(crate) fn forget_all(&mut self, upto: u64, writes: &mut Writes) {
        for wire in self.by_name.keys() {
            writes.delete(Space::Gone.key(wire));
        }
        *self = Self { forgotten_upto: upto, ..Self::default() };
        writes.put(records::forgotten(), &self.forgotten_upto);
    }

    /// All of one sequence, or none: positions lie between sequences.
    fn forget_at(&mut self, seq: u64, forgotten: &mut Vec<(WireKey, Gone)>, writes: &mut Writes) {
        self.forgotten_upto = seq;
        while let Some(wire) = self.by_seq.first().filter(|(at, _)| *at == seq).map(|(_, wire)| wire.clone()) {
            writes.delete(Space::Gone.key(&wire));
            if let Some(gone) = self.unbury(&wire) {
                forgotten.push((wire, gone));
            }
        }
    }
}
