//! What a zone understands, and what that means for what it already holds.
//!
//! A zone is not sent what its process would not understand. A later process may understand more, or less, and holds a copy that was
//! sent by the old rules: so it is sent everything once more, by the new ones, which also takes from it what is no longer for it.
use super::{GlobalEffect, GlobalNode};
use crate::{
    machine::Out,
    records::{self, Writes},
    resource::ZoneName,
    sync::{Dialect, Position},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a Strait zone understands, and since when it holds what it is to hold by that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Understood {
    /// As its process last said. `None`: it has not said so to us.
    features: Option<BTreeSet<String>>,
    /// It has yet to be sent everything by that.
    owed: bool,
    /// A copy from before this sequence was sent by what the zone understood at another time.
    since: u64,
}

impl Understood {
    /// Whether nothing was ever said.
    pub(super) fn is_unknown(&self) -> bool {
        self.features.is_none()
    }

    /// The zone says what it understands. Says whether that is something else than before. Where nothing is known of before, it is
    /// taken to be the same; but if it was decided anew since then who holds what, nobody noted what that meant for a zone that was not
    /// known: this store is a backup from before it was.
    fn say(&mut self, features: &BTreeSet<String>, decided_anew: bool) -> bool {
        if self.features.as_ref() == Some(features) {
            return false;
        }
        let before = self.features.replace(features.clone());
        self.owed |= before.is_some() || decided_anew;
        true
    }

    /// Whether a copy at this position has to be sent anew.
    fn is_owed(&self, held: Option<Position>) -> bool {
        self.owed || held.is_some_and(|held| held.seq < self.since)
    }
}

impl GlobalNode {
    /// A zone says what it understands and what it holds. What it is owed by that is durable before anything is sent by it.
    pub(super) fn understands(
        &mut self,
        name: &ZoneName,
        features: &BTreeSet<String>,
        held: Option<Position>,
        out: &mut Out<GlobalEffect>,
    ) {
        let Some(zone) = self.zones.get_mut(name) else {
            return;
        };
        let decided_anew = held.is_some_and(|held| self.catalog.decides_anew_since(held.seq));
        let differs = zone.record.understood.say(features, decided_anew);
        zone.peer.owe_whole(zone.record.understood.is_owed(held), differs);
        self.keep_understood(name, differs, out);
    }

    /// A zone has answered: perhaps it holds everything now that it was owed.
    pub(super) fn holds_whole(&mut self, name: &ZoneName, out: &mut Out<GlobalEffect>) {
        let Some(zone) = self.zones.get_mut(name) else {
            return;
        };
        let is_strait = zone.peer.talk().is_some_and(|talk| talk.dialect == Dialect::Strait);
        if !is_strait || !zone.record.understood.owed || zone.peer.owes_whole() {
            return;
        }
        zone.record.understood.owed = false;
        zone.record.understood.since = zone.peer.held_by_other().map_or(0, |held| held.seq);
        self.keep_understood(name, true, out);
    }

    fn keep_understood(&mut self, name: &ZoneName, differs: bool, out: &mut Out<GlobalEffect>) {
        if let Some(zone) = self.zones.get(name).filter(|_| differs) {
            let mut writes = Writes::default();
            writes.put(records::zone(name), &zone.record);
            self.outbox.store(writes, out);
        }
    }
}
