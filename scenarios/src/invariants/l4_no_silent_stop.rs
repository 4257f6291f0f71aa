//! L4, no silent stop: whoever does not get on says why.
//!
//! What is owed, on each session at each of our nodes:
//!
//! * A history that does not lead on from what is durably held (and does not give it up) freezes the lane, with a reason.
//! * What is provided is answered, or the lane is frozen, with a reason.
//! * A plain Kuma zone's first question of a kind that global has is answered, or global says what the zone waits for.
//! * A node whose store failed shows that, and why, in the same step.
//!
//! The end of the session settles everything else: then that is what is said. So does an operator's `adopt`.
use super::{Broken, Invariant};
use crate::event::{Event, NodeId, Stepped, What};
use crate::oracle::{
    adoptions::Adoptions,
    disk::Seen,
    image::Difference,
    owed::{ANSWER_WITHIN, FREEZE_WITHIN, Fork, GRACE, Owed},
    truth::{Happened, Truth},
    turns::Turn,
};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Step,
    node::{Observation, ObservationChange},
    resource::{Kind, ZoneName},
    sync::{Dialect, Lane, Lineage, Position, RequestBody, Response, ResponseBody, Session},
    time::Mono,
};

/// L4.
#[derive(Debug, Default)]
pub(super) struct NoSilentStop {
    adoptions: Adoptions,
    /// Lanes that are shown as frozen, with a reason.
    frozen: BTreeSet<(NodeId, ZoneName)>,
    /// Zones that are shown as waiting, with a reason.
    waiting: BTreeSet<ZoneName>,
    sessions: BTreeMap<(NodeId, Session), Owed>,
    /// When to look at which session.
    alarms: BTreeSet<(Mono, NodeId, Session)>,
    /// Since when a process stands still: it owes what it owed, later.
    paused: BTreeMap<NodeId, Mono>,
}

impl NoSilentStop {
    /// Everything that was due before `now`.
    fn judge(&mut self, now: Mono) -> Result<(), Broken> {
        while self.alarms.first().is_some_and(|(due, ..)| *due < now)
            && let Some((due, node, session)) = self.alarms.pop_first()
        {
            // A process that stands still is looked at when it goes on.
            let Some(owed) = self.sessions.get_mut(&(node.clone(), session)).filter(|_| !self.paused.contains_key(&node)) else {
                continue;
            };
            if let Some(why) = owed.overdue(due) {
                return Err(Broken { at: due, node: node.to_string(), what: format!("on the session with {}: {why}", owed.other(&node)) });
            }
        }
        Ok(())
    }

    fn owes(&mut self, node: &NodeId, session: Session, due: Mono) {
        self.alarms.insert((due, node.clone(), session));
    }

    /// What a process owed when it was paused, it owes so much later.
    fn resumed(&mut self, node: &NodeId, now: Mono) {
        let Some(since) = self.paused.remove(node) else {
            return;
        };
        let latest = now.after(ANSWER_WITHIN.max(FREEZE_WITHIN) + GRACE);
        for ((_, session), owed) in self.sessions.iter_mut().filter(|((owes, _), _)| owes == node) {
            owed.postpone(now.since(since));
            self.alarms.insert((latest, node.clone(), *session));
        }
    }

    /// All that a process owed went with it.
    fn forget(&mut self, node: &NodeId) {
        self.paused.remove(node);
        self.sessions.retain(|(owes, _), _| owes != node);
        self.frozen.retain(|(frozen, _)| frozen != node);
        if *node == NodeId::Global {
            self.waiting.clear();
        }
    }

    fn begin(&mut self, node: &NodeId, observation: &Observation) {
        for (zone, peer) in &observation.peers {
            if peer.consumed.frozen.is_some() {
                self.frozen.insert((node.clone(), zone.clone()));
            }
            if peer.waiting.is_some() {
                self.waiting.insert(zone.clone());
            }
        }
    }

    fn follow(&mut self, truth: &Truth, event: &Event, seen: &Seen) {
        for became in &seen.became {
            match &became.what {
                // It gets on.
                Difference::Floor { zone, .. } => self.owed_on(&event.node, zone).for_each(|owed| owed.forked = None),
                Difference::Offered if event.node == NodeId::Global => self.ask_again(truth, event.at, None),
                Difference::Lineage { .. } | Difference::Offered | Difference::Resource { .. } => {}
            }
        }
    }

    fn owed_on<'a>(&'a mut self, node: &'a NodeId, zone: &'a ZoneName) -> impl Iterator<Item = &'a mut Owed> {
        self.sessions.iter_mut().filter(move |((owes, _), owed)| owes == node && owed.zone == *zone).map(|(_, owed)| owed)
    }

    fn turn(&mut self, truth: &Truth, at: Mono, node: &NodeId, turn: &Turn<'_>) {
        match turn {
            Turn::Opened { session, zone, dialect } => {
                self.sessions.insert((node.clone(), *session), Owed::new((*zone).clone(), *dialect));
            }
            Turn::Closed(session) => drop(self.sessions.remove(&(node.clone(), *session))),
            Turn::HeardRequest(session, request) => {
                if let RequestBody::Subscribe { kind, .. } = &request.body {
                    self.asked(truth, at, node, *session, kind);
                }
            }
            Turn::HeardResponse(session, response) => self.heard(truth, at, node, *session, response),
            Turn::SaidRequest(session, request) => {
                if let (RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. }, Some(owed)) =
                    (&request.body, self.sessions.get_mut(&(node.clone(), *session)))
                {
                    owed.unanswered.remove(nonce);
                }
            }
            Turn::SaidResponse(session, response) => {
                if let (ResponseBody::Resources { kind, .. }, Some(owed)) =
                    (&response.body, self.sessions.get_mut(&(node.clone(), *session)))
                {
                    owed.asked.remove(kind);
                }
            }
            Turn::Operated(_) => {
                self.adoptions.hear(node, turn, &truth.disks);
                let sessions = self.sessions.iter_mut().filter(|((owes, _), _)| owes == node);
                for (_, owed) in sessions.filter(|(_, owed)| self.adoptions.waits(node, &owed.zone)) {
                    owed.settle();
                }
            }
            Turn::Observed(change) => self.observed(truth, at, node, change),
            Turn::Done(..) | Turn::Dials => {}
        }
    }

    fn observed(&mut self, truth: &Truth, at: Mono, node: &NodeId, change: &ObservationChange) {
        let consumes = if *node == NodeId::Global { Lane::Up } else { Lane::Down };
        match change {
            ObservationChange::Lane { zone, lane, status } if *lane == consumes => {
                if status.frozen.is_some() {
                    self.frozen.insert((node.clone(), zone.clone()));
                    self.owed_on(node, zone).for_each(Owed::settle);
                } else {
                    self.frozen.remove(&(node.clone(), zone.clone()));
                }
            }
            ObservationChange::Waiting { zone, why: Some(_) } => drop(self.waiting.insert(zone.clone())),
            ObservationChange::Waiting { zone, why: None } => {
                self.waiting.remove(zone);
                self.ask_again(truth, at, Some(zone));
            }
            // Of a kind that is too large nothing is sent, and that is said.
            ObservationChange::TooLarge { zone, kind, bytes: Some(_) } => {
                self.owed_on(node, zone).for_each(|owed| _ = owed.asked.remove(kind));
            }
            _ => {}
        }
        if let ObservationChange::Waiting { zone, why: Some(_) } = change {
            self.owed_on(node, zone).for_each(|owed| owed.asked.values_mut().for_each(|since| *since = None));
        }
    }

    /// A plain Kuma zone asks for a kind.
    fn asked(&mut self, truth: &Truth, at: Mono, node: &NodeId, session: Session, kind: &Kind) {
        let has = truth.disks.image(node).is_some_and(|image| image.offered.contains(kind));
        let Some(owed) = self.sessions.get_mut(&(node.clone(), session)).filter(|owed| owed.dialect == Dialect::Kuma) else {
            return;
        };
        let owes = *node == NodeId::Global && has && !self.waiting.contains(&owed.zone);
        owed.asked.insert(kind.clone(), owes.then_some(at));
        if owes {
            self.owes(node, session, at.after(ANSWER_WITHIN + GRACE));
        }
    }

    /// Global has more kinds, or this zone no longer waits: from now on it is owed its first answers.
    fn ask_again(&mut self, truth: &Truth, at: Mono, zone: Option<&ZoneName>) {
        let Some(kinds) = truth.disks.image(&NodeId::Global).map(|image| &image.offered) else {
            return;
        };
        for ((node, session), owed) in &mut self.sessions {
            if *node != NodeId::Global || self.waiting.contains(&owed.zone) || zone.is_some_and(|zone| *zone != owed.zone) {
                continue;
            }
            for (_, since) in owed.asked.iter_mut().filter(|(kind, since)| since.is_none() && kinds.contains(*kind)) {
                *since = Some(at);
                self.alarms.insert((at.after(ANSWER_WITHIN + GRACE), node.clone(), *session));
            }
        }
    }

    fn heard(&mut self, truth: &Truth, at: Mono, node: &NodeId, session: Session, response: &Response) {
        let Some(zone) = self.sessions.get(&(node.clone(), session)).map(|owed| owed.zone.clone()) else {
            return;
        };
        let fork = match &response.body {
            ResponseBody::Beat { .. } => return,
            ResponseBody::Resources { .. } => None,
            ResponseBody::History { lineage } => Some(self.fork(truth, at, node, &zone, lineage)),
        };
        let frozen = self.frozen.contains(&(node.clone(), zone));
        let Some(owed) = self.sessions.get_mut(&(node.clone(), session)) else {
            return;
        };
        if let Some(fork) = fork {
            // A newer history takes the place of what was said before.
            owed.forked = fork.filter(|_| !frozen);
            if owed.forked.is_some() {
                self.owes(node, session, at.after(FREEZE_WITHIN + GRACE));
            }
        } else if let (ResponseBody::Resources { nonce, .. }, false) = (&response.body, frozen) {
            owed.unanswered.insert(nonce.clone(), at);
            self.owes(node, session, at.after(ANSWER_WITHIN + GRACE));
        }
    }

    /// Whether what is durably held is not of the history that is said, nor of what it gives up.
    fn fork(&self, truth: &Truth, at: Mono, node: &NodeId, zone: &ZoneName, said: &Lineage) -> Option<Fork> {
        let held = *truth.disks.image(node)?.floors.get(zone)?;
        let owner = if *node == NodeId::Global { NodeId::Zone(zone.clone()) } else { NodeId::Global };
        let leads_on = truth.tree.leads(&owner, held, said.head()) || gives_up(said, held) || self.adoptions.waits(node, zone);
        (!leads_on).then(|| Fork { since: at, held: truth.tree.describe(&owner, held), said: truth.tree.describe(&owner, said.head()) })
    }
}

impl Invariant for NoSilentStop {
    fn id(&self) -> &'static str {
        "L4"
    }

    fn slug(&self) -> &'static str {
        "no-silent-stop"
    }

    fn see(&mut self, truth: &Truth, Happened { event, turns, seen, .. }: &Happened<'_>) -> Result<(), Broken> {
        self.judge(event.at)?;
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        if let Some(what) = fails_silently(event, turns) {
            return Err(Broken { at: event.at, node: event.node.to_string(), what });
        }
        self.adoptions.see(&event.node, seen);
        self.follow(truth, event, seen);
        match &event.what {
            What::Started { observation, .. } => {
                self.forget(&event.node);
                self.begin(&event.node, observation);
            }
            What::Stopped { .. } | What::RefusedToStart { .. } => self.forget(&event.node),
            What::Paused => drop(self.paused.insert(event.node.clone(), event.at)),
            What::Resumed => self.resumed(&event.node, event.at),
            What::Stepped(_) | What::Workload(_) => {}
        }
        turns.iter().for_each(|turn| self.turn(truth, event.at, &event.node, turn));
        Ok(())
    }

    fn at_end(&mut self, now: Mono) -> Result<(), Broken> {
        self.judge(now)
    }
}

/// A node was told that its store failed, and does not show it.
fn fails_silently(event: &Event, turns: &[Turn<'_>]) -> Option<String> {
    let why = match &event.what {
        What::Stepped(Stepped::Global { step: Step::StoreFailed { why, .. }, .. })
        | What::Stepped(Stepped::Zone { step: Step::StoreFailed { why, .. }, .. }) => *why,
        _ => return None,
    };
    let shown = turns.iter().any(|turn| matches!(turn, Turn::Observed(ObservationChange::StoreFailed(shown)) if *shown == why));
    (!shown).then(|| format!("it takes nothing because {why}, and does not show that"))
}

/// Whether a history gives up the stretch that `held` is of, as it is written.
fn gives_up(said: &Lineage, held: Position) -> bool {
    let written = serde_json::to_value(said).unwrap_or_default();
    let ends: Vec<Position> = written.get("abandoned").and_then(|ends| serde_json::from_value(ends.clone()).ok()).unwrap_or_default();
    ends.iter().any(|end| end.epoch == held.epoch && held.seq <= end.seq)
}
