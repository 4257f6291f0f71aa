//! What a zone understands, and what that means for what it already holds.
//!
//! A zone is not sent what its process would not understand. A later process may understand more, or less, and holds a copy that was
//! sent by the old rules: so it is sent everything once more, by the new ones, which also takes from it what is no longer for it.
//! The change has a position of its own in the history, so that a copy tells by its position by which rules it was sent, whichever
//! backup it comes from.
use super::{GlobalEffect, GlobalNode, ObservationChange};
use crate::{
    machine::Out,
    records::{self, Writes},
    resource::ZoneName,
    sync::Position,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a Strait zone understands, and since when it holds what it is to hold by that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Understood {
    /// As its process last said. `None`: it has not said so to us.
    features: Option<BTreeSet<String>>,
    /// A copy from before this sequence was sent by what the zone understood at another time.
    since: u64,
}

impl Understood {
    /// Whether nothing was ever said.
    pub(super) fn is_unknown(&self) -> bool {
        self.features.is_none()
    }

    /// The zone says what it understands. `None`: as before. Else, whether what was sent to it before was sent by other rules.
    /// Where nothing is known of before, it is taken to be the same; but if it was decided anew since then who holds what, nobody noted
    /// what that meant for a zone that was not known: this store is a backup from before it was.
    fn say(&mut self, features: &BTreeSet<String>, decided_anew: bool) -> Option<bool> {
        if self.features.as_ref() == Some(features) {
            return None;
        }
        let before = self.features.replace(features.clone());
        Some(before.is_some() || decided_anew)
    }

    /// Whether a copy at this position has to be sent anew.
    fn is_owed(&self, held: Option<Position>) -> bool {
        held.is_some_and(|held| held.seq < self.since)
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
        let by_other_rules = zone.record.understood.say(features, decided_anew);
        if let Some(by_other_rules) = by_other_rules {
            let mut writes = Writes::default();
            if by_other_rules {
                zone.record.understood.since = self.catalog.mark(&mut writes).seq;
            }
            writes.put(records::zone(name), &zone.record);
            self.outbox.store(writes, out);
            if by_other_rules {
                self.outbox.observed(ObservationChange::Head(self.catalog.head()), out);
            }
        }
        zone.peer.owe_whole(zone.record.understood.is_owed(held), by_other_rules.is_some());
    }
}
