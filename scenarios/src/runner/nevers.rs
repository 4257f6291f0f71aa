//! What must never hold: judged after everything that happens, or by every answer to what it asks.
use super::play::{Play, Played};
use crate::{scenario::Never, workload::Answer};
use std::collections::BTreeSet;

/// What is known of what must never hold, each by its position.
#[derive(Debug, Default)]
pub(super) struct Nevers {
    /// Those that were seen not to hold.
    otherwise: BTreeSet<usize>,
    /// Those that are waited with until something else has held, which has not.
    waiting: BTreeSet<usize>,
}

impl Nevers {
    /// Those that were looked at and did not hold, by name.
    pub(super) fn kept(&self, all: &[Never]) -> BTreeSet<String> {
        let named = |index: &usize| all.get(*index).map(|never| never.called.clone().unwrap_or_else(|| never.name.to_owned()));
        self.otherwise.iter().filter_map(named).collect()
    }
}

impl Play<'_> {
    /// Whoever has to be asked is asked from now on.
    pub(super) fn begin_nevers(&mut self) -> Played {
        for (index, never) in self.scenario.never.iter().enumerate() {
            if never.once.is_some() {
                self.nevers.waiting.insert(index);
            }
            if let Some(ask) = never.condition.asks() {
                self.begin_never(index, ask, never.every);
            }
        }
        self.judge_never()
    }

    pub(super) fn judge_never(&mut self) -> Played {
        if self.only_invariants {
            return Ok(());
        }
        let Some((index, answer)) = self.broken_never() else { return Ok(()) };
        let never = &self.scenario.never[index];
        let which = never.called.as_ref().map_or_else(|| format!("what line {} says", never.line), |called| format!("`{called}`"));
        let what = match (answer, never.condition.asks()) {
            (Some(answer), Some(ask)) => format!("{which} must never hold, and holds: {} asked {}, and {answer}", ask.from, ask.name),
            _ => format!("{which} must never hold, and holds"),
        };
        Err(self.failed("never", never.called.as_deref().unwrap_or(never.name), None, what))
    }

    /// The first that holds; and by which answer.
    fn broken_never(&mut self) -> Option<(usize, Option<Answer>)> {
        let scenario = self.scenario;
        for index in self.nevers.waiting.clone() {
            let has_held =
                scenario.never.get(index).and_then(|never| never.once.as_ref()).is_none_or(|once| once.holds(&self.scene()).is_ok());
            if has_held {
                self.nevers.waiting.remove(&index);
            }
        }
        for (index, answer) in self.asks.unjudged() {
            let never = scenario.never.get(index)?;
            let holds = never.condition.judges(&answer, &self.scene()).is_ok();
            if self.counts(index, holds, never.becomes) {
                return Some((index, Some(answer)));
            }
        }
        for (index, never) in scenario.never.iter().enumerate().filter(|(_, never)| never.condition.asks().is_none()) {
            let holds = never.condition.holds(&self.scene()).is_ok();
            let is_known = || never.condition.about().is_none_or(|who| self.observations.contains_key(who));
            if (holds || is_known()) && self.counts(index, holds, never.becomes) {
                return Some((index, None));
            }
        }
        None
    }

    /// Whether one that holds, or not, is broken by that.
    fn counts(&mut self, index: usize, holds: bool, becomes: bool) -> bool {
        if self.nevers.waiting.contains(&index) {
            return false;
        }
        if !holds {
            self.nevers.otherwise.insert(index);
        }
        holds && (!becomes || self.nevers.otherwise.contains(&index))
    }
}
