//! Telling how a run goes, step by step, while it goes on.
use super::{Counts, asks::Asks};
use crate::workload::Answer;
use std::{fmt, sync::Arc, time::Duration};
use strait_core::time::Mono;

/// Hears of each step as it begins and ends.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&Told) + Send + Sync>);

impl Listener {
    /// Whoever does this with what is told.
    pub fn new(hears: impl Fn(&Told) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hears))
    }

    pub(super) fn hear(&self, told: &Told) {
        self.0(told);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// Something that is told of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When, in the world's time.
    pub at: Mono,
    /// The line of the step in its file, counted from 1.
    pub line: usize,
    /// What.
    pub what: Telling,
}

/// What is told of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Telling {
    /// It begins.
    Begins,
    /// It was done, or what it expects holds, after so long.
    Done(Duration),
    /// What it asked was answered as expected, after so long.
    Answered(Answer, Duration),
    /// So the traffic that it looks at fared.
    Counted(Counts),
    /// It was the last: what is cut or down is mended, and everybody must come to agree and fall silent.
    Settles,
}

/// What is told of an expectation that holds, before traffic is counted anew.
pub(super) fn outcome(traffic: Option<&str>, asks: &Asks, took: Duration) -> Telling {
    match traffic.and_then(|called| asks.counts(called)) {
        Some(counts) => Telling::Counted(counts.clone()),
        None => Telling::Done(took),
    }
}
