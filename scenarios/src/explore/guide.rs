//! What a search has learned from the cases before: which ones reached what others seldom reach. Every other case is made of two of those, so that a
//! search goes on where it got far, and does not wait for chance to get there again.
//!
//! What counts is which marks a case reached together: each of two often says little, and both together are what something breaks under.
use super::{
    bred::mixed,
    case::Case,
    marks::{MARKS, Marks},
};
use rand::seq::IndexedRandom;
use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};
use strait_core::Seed;

/// So many cases are run before what they reached is looked at. It is the same whatever runs side by side.
pub(super) const ROUND: u64 = 16;

/// Who waits looks so often whether the search is over.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What was learned.
#[derive(Clone, Debug, Default)]
pub(super) struct Guide {
    /// By two marks (of one alone: itself twice), in how many cases they were reached, and the smallest of those.
    reached: BTreeMap<(usize, usize), (u64, Arc<Case>)>,
}

impl Guide {
    /// Learns what a case reached.
    pub(super) fn learn(&mut self, case: &Arc<Case>, marks: Marks) {
        let reached: Vec<usize> = (0..MARKS.len()).filter(|index| marks.has(MARKS[*index].0)).collect();
        for (position, first) in reached.iter().enumerate() {
            for second in &reached[position..] {
                let (cases, smallest) = self.reached.entry((*first, *second)).or_insert_with(|| (0, Arc::clone(case)));
                *cases += 1;
                if case.ops.len() < smallest.ops.len() {
                    *smallest = Arc::clone(case);
                }
            }
        }
    }

    /// A case made of two that reached what few did; `None`: nothing was learned yet.
    pub(super) fn bred(&self, seed: Seed) -> Option<Case> {
        let rng = &mut seed.fork("bred").rng();
        let all: Vec<&(u64, Arc<Case>)> = self.reached.values().collect();
        // What was reached once is taken a hundred times as often as what was reached in a hundred cases.
        let mut rare = || all.choose_weighted(rng, |(cases, _)| 1.0 / f64::from(u32::try_from(*cases).unwrap_or(u32::MAX))).ok();
        let (one, other) = (rare()?, rare()?);
        Some(mixed(seed, &one.1, &other.1, rng))
    }
}

/// What was learned before each round, for those who run its cases.
#[derive(Default)]
pub(super) struct Guides {
    known: Mutex<BTreeMap<u64, Arc<Guide>>>,
    told: Condvar,
}

impl Guides {
    /// This is known before that round.
    pub(super) fn tell(&self, round: u64, guide: &Guide) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(round, Arc::new(guide.clone()));
        // Nobody asks for those of long ago.
        known.retain(|known, _| known + 4 > round);
        self.told.notify_all();
    }

    /// A case of that round, once what it is made of is known; `None`: nothing was learned, or it is over.
    pub(super) fn bred(&self, round: u64, seed: Seed, is_over: &dyn Fn() -> bool) -> Option<Case> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(guide) = known.get(&round).map(Arc::clone) {
                drop(known);
                return guide.bred(seed);
            }
            if is_over() {
                return None;
            }
            (known, _) = self.told.wait_timeout(known, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
