//! S3, monotone floor: what a receiver durably holds never goes back along the owner's lineage, also across its restarts; it
//! leaves the lineage only through an operator's `adopt`.
//!
//! Two ways lead out: the owner is global and gave up the stretch that is held, by an `adopt` there, or an operator told the
//! receiver to take whatever comes. A disk that was emptied or restored begins anew.
use super::{Broken, Invariant};
use crate::event::{Event, NodeId};
use crate::oracle::{
    adoptions::Adoptions,
    disk::Seen,
    image::{Became, Difference},
    removals::Removals,
    truth::{Happened, Passing, Truth},
    turns::Turn,
};
use std::collections::BTreeMap;
use strait_core::{
    Lsn,
    node::Operation,
    resource::ZoneName,
    sync::{Epoch, Lineage, Position},
};

/// S3.
#[derive(Debug, Default)]
pub(super) struct MonotoneFloor {
    adoptions: Adoptions,
    /// The stretches that global has durably given up, with their last sequence.
    abandoned: BTreeMap<Epoch, u64>,
    removals: Removals,
    /// Somebody told global's process to adopt.
    global_adopts: bool,
}

impl MonotoneFloor {
    fn judge(&mut self, truth: &Truth, event: &Event, became: &Became) -> Result<(), Broken> {
        match &became.what {
            Difference::Lineage { lineage, .. } if event.node == NodeId::Global => self.gives_up(event, became.lsn, lineage),
            Difference::Floor { zone, before, after } => self.moves(truth, event, became.lsn, zone, *before, *after),
            Difference::Lineage { .. } | Difference::Offered | Difference::Resource { .. } => Ok(()),
        }
    }

    /// Global's history gives up what only an operator can give up.
    fn gives_up(&mut self, event: &Event, lsn: Lsn, lineage: &Lineage) -> Result<(), Broken> {
        for end in given_up(lineage) {
            if self.abandoned.get(&end.epoch).is_some_and(|seq| *seq >= end.seq) {
                continue;
            }
            self.abandoned.insert(end.epoch, end.seq);
            if !self.global_adopts {
                let what = format!("global's history gives up all up to {end} by batch {}, and no operator has told it to adopt", lsn.0);
                return Err(Broken { at: event.at, node: event.node.to_string(), what });
            }
        }
        Ok(())
    }

    fn moves(
        &mut self,
        truth: &Truth,
        event: &Event,
        lsn: Lsn,
        zone: &ZoneName,
        before: Option<Position>,
        after: Option<Position>,
    ) -> Result<(), Broken> {
        let adopted = self.adoptions.complete(&event.node, zone, lsn);
        let removed = event.node == NodeId::Global && self.removals.complete(zone, lsn);
        let Some(before) = before else {
            return Ok(());
        };
        let (owner, lane) = match &event.node {
            NodeId::Global => (NodeId::Zone(zone.clone()), format!("of zone {zone}")),
            NodeId::Zone(_) | NodeId::Joined { .. } => (NodeId::Global, "of global".to_owned()),
        };
        let given_up = event.node != NodeId::Global && self.abandoned.get(&before.epoch).is_some_and(|seq| before.seq <= *seq);
        if adopted || given_up || (removed && after.is_none()) || after.is_some_and(|after| truth.tree.leads(&owner, before, after)) {
            return Ok(());
        }
        let was = truth.tree.describe(&owner, before);
        let (why, now) = match after {
            None => ("the position is forgotten", "nothing".to_owned()),
            Some(after) if truth.tree.leads(&owner, after, before) => ("that is further back", truth.tree.describe(&owner, after)),
            Some(after) => ("that does not follow from it, and no operator has adopted", truth.tree.describe(&owner, after)),
        };
        let how = if lsn == Lsn(0) { "by a restart".to_owned() } else { format!("by batch {}", lsn.0) };
        let what = format!("the durable floor {lane}'s history goes from {was} to {now} {how}: {why}");
        Err(Broken { at: event.at, node: event.node.to_string(), what })
    }

    fn forget(&mut self, event: &Event, seen: &Seen) {
        if seen.began {
            self.adoptions.forget(&event.node);
            if event.node == NodeId::Global {
                self.global_adopts = false;
                self.removals.forget();
            }
        }
    }
}

impl Invariant for MonotoneFloor {
    fn id(&self) -> &'static str {
        "S3"
    }

    fn slug(&self) -> &'static str {
        "monotone-floor"
    }

    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        if passing.event.node == NodeId::Global {
            // The batch of the very event forgets the floor, so that it counts as submitted later.
            self.removals.hear(passing.moment, &truth.disks);
        }
        Ok(())
    }

    fn see(&mut self, truth: &Truth, happened: &Happened<'_>) -> Result<(), Broken> {
        let (event, seen) = (happened.event, &happened.seen);
        let judged: Result<(), Broken> = seen.became.iter().try_for_each(|became| self.judge(truth, event, became));
        self.forget(event, seen);
        for turn in &happened.turns {
            self.adoptions.hear(&event.node, turn, &truth.disks);
            self.global_adopts |= event.node == NodeId::Global && matches!(turn, Turn::Operated(Operation::Adopt));
        }
        judged
    }
}

/// The ends of the stretches that a history has given up, as it is written.
fn given_up(lineage: &Lineage) -> Vec<Position> {
    let written = serde_json::to_value(lineage).unwrap_or_default();
    written.get("abandoned").and_then(|ends| serde_json::from_value(ends.clone()).ok()).unwrap_or_default()
}
