//! Makes a failing case small: fewer operations, then simpler ones, then a simpler world. Each candidate must break the same invariant.
use super::{
    case::{Case, Terms, ZoneTerms},
    place::{Brought, Place},
    run::{Explored, Judged, explore_case},
};
use crate::{
    language::link::PLAIN,
    limits::Limits,
    runner::{Failure, MakeWorld},
    world::StoreKind,
};
use std::time::{Duration, Instant};
use strait_core::sync::Dialect;

/// No more runs than this are spent on one case: what comes out then depends on the case alone.
const MOST_RUNS: usize = 600;
/// Nor more time, whatever a run costs.
const LONGEST: Duration = Duration::from_secs(30);

/// The smallest case that was found to break the same invariant, how it went, and how many runs that took.
pub(super) fn shrink(failed: &Case, explored: Explored, judged: &Judged, make: &MakeWorld) -> (Case, Explored, usize) {
    let Some(broken) = explored.report.failure().map(Failure::which) else {
        return (failed.clone(), explored, 0);
    };
    let mut shrinker = Shrinker { case: failed.clone(), explored, broken, judged, make, runs: 0, begun: Instant::now() };
    shrinker.shrink();
    (shrinker.case, shrinker.explored, shrinker.runs)
}

struct Shrinker<'a> {
    case: Case,
    explored: Explored,
    /// What must break.
    broken: String,
    judged: &'a Judged,
    make: &'a MakeWorld,
    runs: usize,
    begun: Instant,
}

impl Shrinker<'_> {
    fn shrink(&mut self) {
        // Each run is cheaper without.
        self.with_brought(|brought| brought.asks = false);
        loop {
            let before = self.case.clone();
            self.fewer_ops();
            self.simpler_world();
            self.sooner();
            if self.case == before || self.is_spent() {
                return;
            }
        }
    }

    fn is_spent(&self) -> bool {
        self.runs >= MOST_RUNS || self.begun.elapsed() >= LONGEST
    }

    /// Takes a candidate if it breaks the same invariant.
    fn takes(&mut self, candidate: Case) -> bool {
        if self.is_spent() || candidate == self.case {
            return false;
        }
        self.runs += 1;
        let explored = explore_case(&candidate, self.judged, self.make);
        let same = explored.report.failure().is_some_and(|failure| failure.which() == self.broken);
        if same {
            (self.case, self.explored) = (candidate, explored);
        }
        same
    }

    /// Leaves out chunks, the last first: what came after the failure matters least.
    fn fewer_ops(&mut self) {
        let mut chunk = self.case.ops.len().div_ceil(2);
        while chunk > 0 {
            let mut end = self.case.ops.len();
            while end > 0 {
                let begin = end.saturating_sub(chunk);
                let mut candidate = self.case.clone();
                candidate.ops.drain(begin..end.min(candidate.ops.len()));
                self.takes(candidate);
                end = begin;
            }
            chunk /= 2;
        }
    }

    fn simpler_world(&mut self) {
        self.takes(Case { left: Vec::new(), ..self.case.clone() });
        match &self.case.place {
            Place::Drawn(terms) => {
                let zones = terms.zones.len();
                self.simpler_topology(zones);
            }
            // What a user brought stays as it is.
            Place::Brought(_) => _ = self.with_brought(|brought| brought.rest_ms = 0),
        }
    }

    fn simpler_topology(&mut self, zones: usize) {
        for index in (0..zones).rev() {
            self.with_terms(|terms| {
                if terms.zones.len() > 1 && index < terms.zones.len() {
                    terms.zones.remove(index);
                }
            });
        }
        self.with_terms(|terms| terms.meshes = 1);
        let Place::Drawn(terms) = &self.case.place else { return };
        let (workloads, zones) = (terms.workloads, terms.zones.len());
        for fewer in 0..workloads {
            self.with_terms(|terms| terms.workloads = fewer);
        }
        self.with_terms(|terms| terms.rest_ms = 0);
        self.with_terms(|terms| terms.global = Dialect::Strait);
        self.with_terms(|terms| terms.global_store = StoreKind::Log);
        self.with_terms(|terms| terms.limits = Limits { vips: terms.limits.vips, ..Limits::default() });
        self.with_terms(|terms| terms.limits.vips = Limits::default().vips);
        for index in 0..zones {
            let zone = |terms: &mut Terms, change: fn(&mut ZoneTerms)| terms.zones.get_mut(index).into_iter().for_each(change);
            self.with_terms(|terms| zone(terms, |zone| zone.dialect = Dialect::Strait));
            self.with_terms(|terms| zone(terms, |zone| zone.store = StoreKind::Log));
            self.with_terms(|terms| zone(terms, |zone| zone.lacks = None));
            self.with_terms(|terms| zone(terms, |zone| zone.link = PLAIN));
        }
    }

    fn with_brought(&mut self, change: impl FnOnce(&mut Brought)) -> bool {
        self.with(|case| {
            if let Place::Brought(brought) = &mut case.place {
                change(brought);
            }
        })
    }

    fn with_terms(&mut self, change: impl FnOnce(&mut Terms)) -> bool {
        self.with(|case| {
            if let Place::Drawn(terms) = &mut case.place {
                change(terms);
            }
        })
    }

    /// Shorter waits, and smaller numbers.
    fn sooner(&mut self) {
        self.with(|case| case.ops.iter_mut().for_each(|op| op.after_ms = 0));
        for index in 0..self.case.ops.len() {
            for shorter in [0, 10, 100, 1000] {
                let longer = self.case.ops.get(index).is_some_and(|op| op.after_ms > shorter);
                if longer && self.with(|case| case.ops.get_mut(index).into_iter().for_each(|op| op.after_ms = shorter)) {
                    break;
                }
            }
            self.with(|case| case.ops.get_mut(index).into_iter().for_each(|op| op.which = [0; 4]));
        }
    }

    fn with(&mut self, change: impl FnOnce(&mut Case)) -> bool {
        let mut candidate = self.case.clone();
        change(&mut candidate);
        self.takes(candidate)
    }
}
