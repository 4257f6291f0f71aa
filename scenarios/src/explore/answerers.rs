//! Who answered what was asked: what a search must know to tell whether anything crossed zones, or was answered by others than before.
use crate::workload::{Answer, Ask, AtWorkload, ProxyId};
use std::collections::BTreeMap;
use strait_core::resource::ZoneName;

/// Who answered each question last.
#[derive(Default)]
pub(super) struct Answerers {
    under_way: BTreeMap<u64, Ask>,
    /// By who asks, and whom.
    last: BTreeMap<(ProxyId, String), ZoneName>,
}

impl Answerers {
    /// The marks that are reached as this happens at a workload.
    pub(super) fn see(&mut self, happens: &AtWorkload) -> Vec<&'static str> {
        match happens {
            AtWorkload::Asks { number, ask } => {
                self.under_way.insert(*number, ask.clone());
                Vec::new()
            }
            AtWorkload::Answered { number, answer } => match (self.under_way.remove(number), answer) {
                (Some(ask), Answer::By { proxy, .. }) => self.answered(ask, &proxy.zone),
                (Some(_), Answer::Denied | Answer::Closed) => vec!["request-denied"],
                (Some(_), Answer::NoSuchName | Answer::Failed(_)) => vec!["request-failed"],
                (Some(_), Answer::Leads(_)) | (None, _) => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn answered(&mut self, ask: Ask, by: &ZoneName) -> Vec<&'static str> {
        let mut marks = vec![if ask.from.zone == *by { "request-answered" } else { "request-across" }];
        let before = self.last.insert((ask.from, ask.name), by.clone());
        if before.is_some_and(|before| before != *by) {
            marks.push("failover");
        }
        marks
    }
}
