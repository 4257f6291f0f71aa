//! What global keeps of a zone, durably.
use super::{Zone, understood::Understood};
use crate::{
    machine::{Durable, RecoverError},
    node::told::Told,
    records,
    resource::{WireKey, ZoneName},
    sync::{
        Epoch, Lane, Lineage, Position,
        consumer::Trust,
        filter::{Audience, Receiver},
        peer::Peer,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What global keeps of a zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ZoneRecord {
    /// Up to where the zone's own history is held here.
    pub(super) floor: Option<Position>,
    /// What was refused of it, and why.
    #[serde(with = "crate::node::keyed", default)]
    pub(super) rejected: BTreeMap<WireKey, String>,
    /// An operator lets it in although it sends no token: a plain Kuma zone.
    #[serde(default)]
    pub(super) admitted: bool,
    /// An operator has adopted what it announces; waits for the transfer that completes that.
    #[serde(default)]
    pub(super) adopting: bool,
    /// The history of the store that speaks for this name.
    pub(super) store: Option<Lineage>,
    /// The history of another store that an operator may decide for.
    #[serde(default)]
    pub(super) claimant: Option<Lineage>,
    /// Stores that no longer speak for this name, by their newest start, the latest last.
    #[serde(default)]
    pub(super) superseded: Vec<Epoch>,
    /// The starts of stores that an operator removed: neither they nor copies of them speak for this name. A history forgets its oldest
    /// starts, so that all count.
    #[serde(default)]
    pub(super) removed: BTreeSet<Epoch>,
    /// Those of them that were let in again: to remove the zone anew refuses them, also before they came.
    #[serde(default)]
    let_in: BTreeSet<Epoch>,
    /// What the zone understands and what it was sent by that.
    #[serde(default, skip_serializing_if = "Understood::is_unknown")]
    pub(super) understood: Understood,
}

/// So many stores are remembered that no longer speak for a name.
const REMEMBERED_SUPERSEDED: usize = 64;

impl ZoneRecord {
    /// An operator removed the zone: nothing of it is known any more but that its store is not to come back, nor any before it, and by which
    /// rules it was sent what it holds.
    pub(super) fn remove(&mut self) {
        let starts = self.store.iter().flat_map(Lineage::starts).collect::<Vec<_>>();
        let before = std::mem::take(&mut self.removed).into_iter().chain(std::mem::take(&mut self.let_in));
        let removed = starts.into_iter().chain(before).collect();
        let (superseded, understood) = (std::mem::take(&mut self.superseded), std::mem::take(&mut self.understood));
        *self = Self { removed, superseded, understood, ..Self::default() };
    }

    /// Stores that were removed may speak for this name again. Says whether that changes anything.
    pub(super) fn let_in(&mut self) -> bool {
        let removed = std::mem::take(&mut self.removed);
        let changes = !removed.is_empty();
        self.let_in.extend(removed);
        changes
    }

    /// Whether an operator removed this store.
    pub(super) fn is_removed(&self, store: &Lineage) -> bool {
        store.starts().any(|start| self.removed.contains(&start))
    }

    /// A store that was removed has started again. Says whether that is new.
    pub(super) fn note_start(&mut self, store: &Lineage) -> bool {
        self.removed.insert(store.newest_epoch())
    }

    /// The claimant speaks for this name from now on. Says whether that changes anything.
    pub(super) fn supersede(&mut self) -> bool {
        let Some(claimant) = self.claimant.take() else {
            return false;
        };
        if let Some(before) = self.store.replace(claimant) {
            self.superseded.push(before.newest_epoch());
            self.superseded.drain(..self.superseded.len().saturating_sub(REMEMBERED_SUPERSEDED));
        }
        true
    }
}

impl Zone {
    pub(super) fn new(name: &ZoneName, record: ZoneRecord) -> Self {
        let audience = Audience::Zone(Receiver { zone: name.clone(), features: BTreeSet::new() });
        // A plain Kuma zone owns what it announced and nobody else depends on its memory, so that it may take everything back.
        Self { record, peer: Peer::new(Lane::Down, audience, Trust::Full), told: Told::default() }
    }
}

/// All zones that are known.
pub(super) fn read_all(durable: &Durable) -> Result<Vec<(ZoneName, ZoneRecord)>, RecoverError> {
    records::below(durable, "zone/")
        .map(|(key, name, bytes)| {
            let name = ZoneName::new(name).map_err(|error| records::unreadable(key, error.to_string()))?;
            Ok((name, records::parse(key, bytes)?))
        })
        .collect()
}
