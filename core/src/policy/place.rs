//! Where policies meet what they are for. A policy stands at one place, a proxy at all places where it may be looked for; so neither has to
//! be compared with all of the other. That both stand at a place does not mean yet that they match.
use crate::resource::Kri;
use std::collections::{BTreeMap, BTreeSet};

/// Where policies meet proxies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Every proxy of the mesh is here.
    Mesh,
    Named(Kri),
    Label(String, String),
    Tag(String, String),
    /// The tag, with whatever value.
    HasTag(String),
    /// No proxy is here.
    Nowhere,
}

/// Who stands where.
#[derive(Debug)]
pub(crate) struct Places<P, W>(BTreeMap<P, BTreeSet<W>>);

impl<P, W> Default for Places<P, W> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<P: Ord + Clone, W: Ord + Clone> Places<P, W> {
    pub(crate) fn add(&mut self, who: &W, places: &BTreeSet<P>) {
        for place in places {
            self.0.entry(place.clone()).or_default().insert(who.clone());
        }
    }

    pub(crate) fn remove(&mut self, who: &W, places: &BTreeSet<P>) {
        for place in places {
            if let Some(there) = self.0.get_mut(place) {
                there.remove(who);
                if there.is_empty() {
                    self.0.remove(place);
                }
            }
        }
    }

    /// Who stands here, sorted.
    pub(crate) fn at(&self, place: &P) -> impl Iterator<Item = &W> {
        self.0.get(place).into_iter().flatten()
    }

    /// How many stand here.
    pub(crate) fn count(&self, place: &P) -> usize {
        self.0.get(place).map_or(0, BTreeSet::len)
    }
}
