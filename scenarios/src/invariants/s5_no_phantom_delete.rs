//! S5: something disappears from a receiver only because its owner deleted it, or lost it and an operator decided for that.
//!
//! What a plain Kuma lost may go as far as the authority rules let it: in a zone no Mesh and not more than half of a kind, on
//! global everything.
use super::{Broken, Invariant};
use crate::event::NodeId;
use crate::features::Feature;
use crate::oracle::{
    audience::is_for_some_zone,
    copies::{Copy, Turn, may_hold},
    history::Owners,
    ledger::{Fate, Line},
    moment::Moment,
    truth::{Passing, Truth},
};
use std::collections::BTreeMap;
use strait_core::{
    node::Operation,
    resource::{Kind, Resource},
    sync::Dialect,
};

/// S5.
#[derive(Debug, Default)]
pub(super) struct NoPhantomDelete {
    /// What each zone held when its session began, and what of it has gone since only because a plain Kuma lost it.
    tallies: BTreeMap<NodeId, Tally>,
    /// When each process began.
    began: BTreeMap<NodeId, u64>,
}

#[derive(Debug, Default)]
struct Tally {
    held: BTreeMap<Kind, usize>,
    gone: BTreeMap<Kind, usize>,
}

impl NoPhantomDelete {
    fn note(&mut self, truth: &Truth, node: &NodeId, moment: &Moment<'_>) {
        if matches!(moment, Moment::Started { .. }) {
            self.began.insert(node.clone(), truth.owners.clock());
        }
        if matches!(moment, Moment::Started { .. } | Moment::Began { .. }) {
            let tally = Tally { held: truth.copies.counted(node), gone: BTreeMap::new() };
            self.tallies.insert(node.clone(), tally);
        }
    }

    fn judge(&mut self, truth: &Truth, node: &NodeId, copy: &Copy) -> Result<(), String> {
        let (owners, lacks) = (&truth.owners, truth.lacks(node));
        // What its process does not understand is not for a zone. A later one may.
        let is_for = |version: &Resource| may_hold(node, version) && lacks.is_disjoint(&Feature::needed_for(version));
        let ledger = owners.ledger(&copy.provider);
        // What should never have come may go.
        let after = copy.from.saturating_sub(1);
        let ends: Vec<&Line> = ledger.into_iter().flat_map(|ledger| ledger.ends(&copy.resource.key, after, &is_for)).collect();
        if ends.iter().any(|line| !matches!(line.fate, Fate::Lost)) {
            return Ok(());
        }
        if is_withdrawn(owners, node, copy) || is_replaced(owners, node, copy) {
            return Ok(());
        }
        let what = format!("{node} deletes {}, which {}", copy.resource.key, copy.provider);
        if ends.is_empty() {
            return Err(format!("{what} neither deleted nor withdrew since it wrote this version (change {})", copy.from));
        }
        if ends.iter().any(|lost| self.is_decided(owners, node, copy, lost.clock)) {
            return Ok(());
        }
        // A zone that lost its store finds in its cluster what it must not lose. What it says of proxies it says anew when they are there.
        if truth.is_in_cluster(&copy.provider) && copy.resource.kind().as_str() == "DataplaneInsight" {
            return Ok(());
        }
        match (owners.dialect(&copy.provider), node) {
            (Dialect::Kuma, NodeId::Global) => Ok(()),
            (Dialect::Kuma, NodeId::Zone(_) | NodeId::Joined { .. }) => {
                self.tally(node, copy.resource.kind()).map_err(|why| format!("{what} lost: {why}"))
            }
            (Dialect::Strait, _) => Err(format!("{what} did not delete, but lost with its disk, and no operator decided for that since")),
        }
    }

    /// A plain Kuma global lost it: in a first response no Mesh may be missing, nor more than half of a kind.
    fn tally(&mut self, node: &NodeId, kind: &Kind) -> Result<(), String> {
        let tally = self.tallies.entry(node.clone()).or_default();
        let gone = tally.gone.entry(kind.clone()).or_default();
        *gone += 1;
        let held = tally.held.get(kind).copied().unwrap_or_default();
        if kind.as_str() == "Mesh" {
            return Err("a Mesh goes only if an operator adopts".to_owned());
        }
        if *gone * 2 > held {
            return Err(format!("{gone} of the {held} held of that kind go, more than half, and no operator adopted"));
        }
        Ok(())
    }

    /// Whether an operator has decided that what the provider lost is lost. A receiver's adoption may have been said before the
    /// loss: it waits, in its process, for what completes it.
    fn is_decided(&self, owners: &Owners, node: &NodeId, copy: &Copy, lost: u64) -> bool {
        let provider = &copy.provider;
        let since = lost.min(self.began.get(node).copied().unwrap_or_default());
        let zone = match node {
            NodeId::Zone(zone) | NodeId::Joined { zone, .. } => zone,
            NodeId::Global => {
                let decided = |operation: &Operation| matches!(operation, Operation::AdoptZone(zone) if provider.zone() == Some(zone));
                return owners.decided(node, since).any(decided);
            }
        };
        let on_global = |operation: &Operation| match operation {
            Operation::Adopt => true,
            // A new global answers a Kuma zone not before that, and then for the kinds of which it has had something for zones.
            Operation::Admit(admitted) => {
                let is_such = |held: &Resource| held.kind() == copy.resource.kind() && is_for_some_zone(held);
                admitted == zone
                    && owners.dialect(node) == Dialect::Kuma
                    && owners.ledger(provider).is_some_and(|ledger| ledger.had_since(lost, &is_such))
            }
            _ => false,
        };
        let by_provider = owners.dialect(provider) == Dialect::Strait && owners.decided(provider, lost).any(on_global);
        let is_ours = owners.dialect(node) == Dialect::Strait;
        by_provider || (is_ours && owners.decided(node, since).any(|operation| *operation == Operation::Adopt))
    }
}

/// Whether an operator took it away: from a zone its mesh, or the exports of the zone that made it; from global, all of a zone.
fn is_withdrawn(owners: &Owners, node: &NodeId, copy: &Copy) -> bool {
    let Some(zone) = node.zone() else {
        let removes = |operation: &Operation| matches!(operation, Operation::Remove(zone) if copy.provider.zone() == Some(zone));
        return owners.decided_about(node, copy.since).any(removes);
    };
    let lines = owners.ledger(&copy.provider).map_or(&[][..], |ledger| ledger.lines(&copy.resource.key));
    let of_that = lines.iter().filter(|line| line.index >= copy.from);
    of_that.filter_map(Line::held).any(|(version, since)| owners.ages().closed_once(version, zone, since))
}

/// Whether another control plane speaks for the zone now: a plain Kuma just does, of others an operator has decided for it.
fn is_replaced(owners: &Owners, node: &NodeId, copy: &Copy) -> bool {
    let (NodeId::Global, Some(zone)) = (node, copy.provider.zone()) else {
        return false;
    };
    let speaker = owners.speaker(zone);
    let adopted = |operation: &Operation| *operation == Operation::AdoptZone(zone.clone());
    speaker != copy.provider && (owners.dialect(&speaker) == Dialect::Kuma || owners.decided_about(node, copy.since).any(adopted))
}

impl Invariant for NoPhantomDelete {
    fn id(&self) -> &'static str {
        "S5"
    }

    fn slug(&self) -> &'static str {
        "no-phantom-delete"
    }

    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        let node = &passing.event.node;
        self.note(truth, node, passing.moment);
        for turn in &passing.turns {
            if let Turn::Vanished(copy) = turn {
                self.judge(truth, node, copy).map_err(|what| Broken::at(passing.event, what))?;
            }
        }
        Ok(())
    }
}
