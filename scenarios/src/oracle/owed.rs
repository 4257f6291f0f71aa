//! What a node owes on one session.
use crate::event::NodeId;
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    resource::{Kind, ZoneName},
    sync::{Dialect, Nonce, clocks},
    time::Mono,
};

/// How soon a lane freezes after a history that does not lead on.
pub(crate) const FREEZE_WITHIN: Duration = clocks::DEAD_AFTER;
/// How soon what is provided, or asked for the first time, is answered.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// What a driver's clock and a disk may add.
pub(crate) const GRACE: Duration = Duration::from_millis(500);

/// What a node owes on one session.
#[derive(Debug)]
pub(crate) struct Owed {
    pub(crate) zone: ZoneName,
    pub(crate) dialect: Dialect,
    /// A history was said that does not lead on from what is held.
    pub(crate) forked: Option<Fork>,
    /// Responses that came and were not answered.
    pub(crate) unanswered: BTreeMap<Nonce, Mono>,
    /// Kinds that a plain Kuma asked for and has had no answer to. With a moment: since then one is owed.
    pub(crate) asked: BTreeMap<Kind, Option<Mono>>,
}

/// A history was said that does not lead on from what is held.
#[derive(Debug)]
pub(crate) struct Fork {
    pub(crate) since: Mono,
    pub(crate) held: String,
    pub(crate) said: String,
}

impl Owed {
    pub(crate) fn new(zone: ZoneName, dialect: Dialect) -> Self {
        Self { zone, dialect, forked: None, unanswered: BTreeMap::new(), asked: BTreeMap::new() }
    }

    /// It said why it does not get on, or an operator decides: what came so far needs no answer.
    pub(crate) fn settle(&mut self) {
        self.forked = None;
        self.unanswered.clear();
    }

    /// It stood still for so long: everything is owed so much later.
    pub(crate) fn postpone(&mut self, by: Duration) {
        let later = |since: &mut Mono| *since = since.after(by);
        self.forked.iter_mut().for_each(|fork| later(&mut fork.since));
        self.unanswered.values_mut().chain(self.asked.values_mut().flatten()).for_each(later);
    }

    /// What was to be done before `due`, and was not.
    pub(crate) fn overdue(&self, due: Mono) -> Option<String> {
        let late = |since: Mono, within: Duration| since.after(within + GRACE) <= due;
        if let Some(Fork { since, held, said }) = self.forked.as_ref().filter(|fork| late(fork.since, FREEZE_WITHIN)) {
            return Some(format!(
                "at {since} a history came whose head is {said}; held is {held}, which is not of it, and the lane is not shown as frozen"
            ));
        }
        if let Some((nonce, since)) = self.unanswered.iter().find(|(_, since)| late(**since, ANSWER_WITHIN)) {
            return Some(format!("the response {} of {since} is not answered, and the lane is not shown as frozen", nonce.0));
        }
        let asked =
            self.asked.iter().find_map(|(kind, since)| since.filter(|since| late(*since, ANSWER_WITHIN)).map(|since| (kind, since)));
        let (kind, since) = asked?;
        Some(format!("{kind} was asked for and is owed an answer since {since}; none was given, and the zone is not shown as waiting"))
    }

    /// Who is at the other end.
    pub(crate) fn other(&self, node: &NodeId) -> NodeId {
        if *node == NodeId::Global { NodeId::Zone(self.zone.clone()) } else { NodeId::Global }
    }
}
