//! What nodes hold that others made, and how far back in the provider's ledger it may come from.
//!
//! Where a copy may come from several lines, the oldest is assumed, so that nobody is blamed for what may be right.
use super::{
    audience,
    history::{Owners, Whose},
    moment::Moment,
};
use crate::event::{DiskProvenance, NodeId};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    resource::{Key, Kind, Resource},
    sync::Dialect,
};

/// All copies, by where they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Copies {
    at: BTreeMap<NodeId, Held>,
}

#[derive(Clone, Debug, Default)]
struct Held {
    copies: BTreeMap<Key, Copy>,
    /// The line by which a copy that was dropped had to go. What comes later must be from after it.
    cuts: BTreeMap<Key, (NodeId, u64)>,
}

/// A copy.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    pub(crate) resource: Arc<Resource>,
    /// From where it came.
    pub(crate) provider: NodeId,
    /// The oldest line of the provider's ledger from which it may come; 0 if there is none.
    pub(crate) from: u64,
    /// When it was seen first.
    pub(crate) since: u64,
}

/// What became different about a copy.
#[derive(Debug)]
pub(crate) enum Turn {
    /// It is held in this version. `cut`: the line by which the last copy of this name had to go.
    Appeared { copy: Copy, cut: Option<u64> },
    /// It is gone.
    Vanished(Copy),
}

impl Copies {
    /// Takes note of a moment that `owners` has taken note of, and says what it changes.
    pub(crate) fn note(&mut self, owners: &Owners, node: &NodeId, moment: &Moment<'_>) -> Vec<Turn> {
        match moment {
            Moment::Started { observation, disk } => self.started(owners, node, &observation.view.resources, disk),
            Moment::Holds(resource) => self.holds(owners, node, resource).into_iter().collect(),
            Moment::Dropped(key) => self.drops(owners, node, key).map(Turn::Vanished).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// How many copies of each kind a node holds.
    pub(crate) fn counted(&self, node: &NodeId) -> BTreeMap<Kind, usize> {
        let mut counted = BTreeMap::new();
        for key in self.at.get(node).into_iter().flat_map(|held| held.copies.keys()) {
            *counted.entry(key.kind.clone()).or_default() += 1;
        }
        counted
    }

    /// What happened while nobody looked is not judged as a drop, but a later copy is judged by it. A disk that is not its own
    /// makes the node another one.
    fn started(&mut self, owners: &Owners, node: &NodeId, found: &BTreeMap<Key, Arc<Resource>>, disk: &DiskProvenance) -> Vec<Turn> {
        if *disk != DiskProvenance::Own {
            self.at.remove(node);
        }
        let missing: Vec<Key> =
            self.at.get(node).into_iter().flat_map(|held| held.copies.keys()).filter(|key| !found.contains_key(key)).cloned().collect();
        for key in missing {
            self.drops(owners, node, &key);
        }
        found.values().filter_map(|resource| self.holds(owners, node, resource)).collect()
    }

    fn holds(&mut self, owners: &Owners, node: &NodeId, resource: &Arc<Resource>) -> Option<Turn> {
        let held = self.at.entry(node.clone()).or_default();
        let provider = match owners.whose(node, resource) {
            Whose::Copy(provider) if is_judged(owners, node, &provider) => provider,
            _ => {
                held.copies.remove(&resource.key);
                return None;
            }
        };
        if held.copies.get(&resource.key).is_some_and(|before| before.resource == *resource) {
            return None;
        }
        let cut = held.cuts.get(&resource.key).filter(|(of, _)| *of == provider).map(|(_, cut)| *cut);
        let source = |after: u64| owners.ledger(&provider).and_then(|ledger| ledger.source(resource, after)).map(|line| line.index);
        let from = source(cut.unwrap_or(0)).or_else(|| source(0)).unwrap_or(0);
        let copy = Copy { resource: Arc::clone(resource), provider, from, since: owners.clock() };
        held.copies.insert(resource.key.clone(), copy.clone());
        Some(Turn::Appeared { copy, cut })
    }

    fn drops(&mut self, owners: &Owners, node: &NodeId, key: &Key) -> Option<Copy> {
        let held = self.at.get_mut(node)?;
        let copy = held.copies.remove(key)?;
        let is_for = |version: &Resource| may_hold(node, version);
        let end = owners.ledger(&copy.provider).and_then(|ledger| ledger.ends(key, copy.from, &is_for).next());
        if let Some(end) = end {
            held.cuts.insert(key.clone(), (copy.provider.clone(), end.index));
        }
        Some(copy)
    }
}

/// Whether a version may be held by a receiver.
pub(crate) fn may_hold(receiver: &NodeId, version: &Resource) -> bool {
    receiver.zone().map_or_else(|| audience::leaves(version), |zone| audience::is_for(version, zone))
}

/// A Kuma global is not ours to judge: two sessions of one zone may live side by side there. Nor is a Kuma zone below it.
fn is_judged(owners: &Owners, receiver: &NodeId, provider: &NodeId) -> bool {
    !owners.are_kumas(receiver, provider) && (*receiver != NodeId::Global || owners.dialect(receiver) == Dialect::Strait)
}
