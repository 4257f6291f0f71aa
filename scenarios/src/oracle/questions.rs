//! What workloads have asked, until it is answered.
use crate::{
    event::{Event, What},
    workload::{Answer, Ask, AtWorkload},
};
use std::collections::BTreeMap;
use strait_core::time::Mono;

/// The questions that are open.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    open: BTreeMap<u64, (Mono, Ask)>,
}

/// One that was answered just now.
#[derive(Debug)]
pub(crate) struct Answered<'a> {
    /// Which.
    pub(crate) number: u64,
    /// When it was asked.
    pub(crate) asked: Mono,
    /// What.
    pub(crate) ask: Ask,
    /// How that ended.
    pub(crate) answer: &'a Answer,
}

impl Questions {
    /// Takes note of an event. Returns what it answers.
    pub(crate) fn follow<'a>(&mut self, event: &'a Event) -> Option<Answered<'a>> {
        let What::Workload(at) = &event.what else {
            return None;
        };
        match at {
            AtWorkload::Asks { number, ask } => {
                self.open.insert(*number, (event.at, ask.clone()));
                None
            }
            AtWorkload::Answered { number, answer } => {
                let (asked, ask) = self.open.remove(number)?;
                Some(Answered { number: *number, asked, ask, answer })
            }
            AtWorkload::Appears { .. } | AtWorkload::Started(_) | AtWorkload::Stopped(_) | AtWorkload::Cut(_) | AtWorkload::Healed(_) => {
                None
            }
        }
    }
}
