//! B2, resync: what the receiver holds is not sent to it again.
//!
//! A transfer that starts from a position brings only what changed after it, and that once; everything is sent only to a receiver
//! that holds nothing of this history. So the bytes of a resync are those of what changed, and of what says where the receiver is.
//! What the receiver refused, and what became its own to see only later, may come at any time; and everything, where what it holds was sent
//! to a process that understood something else, or by a later global than the one whose backup speaks now, which has not heard of the zone.
//! Between Straits; a plain Kuma cannot say what it holds.
use super::{Broken, Invariant};
use crate::{
    event::{DiskProvenance, Event, NodeId, What},
    oracle::{
        moment::Moment,
        truth::{Happened, Passing, Truth},
        turns::Turn,
    },
};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    resource::{WireKey, ZoneName},
    sync::{Hello, Position, RequestBody, Response, ResponseBody, Session, Transfer},
};

/// Kinds that decide who may hold what: where one of them changes, others are due that did not.
const ENTITLING: [&str; 2] = ["MeshZones", "Zone"];

/// B2.
#[derive(Debug, Default)]
pub(super) struct Resync {
    /// When each provider's history had come to which number, by the moments of the run.
    histories: BTreeMap<NodeId, BTreeMap<u64, u64>>,
    /// When something last changed who may hold what.
    entitled: u64,
    sessions: BTreeMap<(NodeId, Session), Asked>,
    /// What the receivers of a provider have ever refused.
    refused: BTreeMap<NodeId, BTreeSet<WireKey>>,
    /// By all that a provider heard, which it may have noted even if it never answered.
    heard: Understood,
    /// By what it answered. Whoever is refused under a zone's name, again and again, does not speak for the zone.
    answered: Understood,
}

/// What each zone last said that it understands, and how far the provider's history had come when that became different.
type Understood = BTreeMap<(NodeId, ZoneName), (BTreeSet<String>, Option<u64>)>;

/// What the receiver on a session holds, as far as it said or acknowledged.
#[derive(Debug, Default)]
struct Asked {
    held: Option<Position>,
    /// What it said of itself, until it is answered.
    said: Option<Hello>,
    /// What it holds up to there was sent to a process that understood something else.
    otherwise: Option<u64>,
    /// The transfer under way, the last part that was sent of it, and what it has brought.
    transfer: Option<(Option<Position>, Position)>,
    brought: BTreeSet<WireKey>,
}

impl Resync {
    fn judge(&mut self, truth: &Truth, node: &NodeId, session: Session, response: &Response) -> Result<(), String> {
        let ResponseBody::Resources { put, gone, transfer: Some(transfer), .. } = &response.body else {
            return Ok(());
        };
        let Some(asked) = self.sessions.get_mut(&(node.clone(), session)) else {
            return Ok(());
        };
        let this = Some((transfer.from, transfer.upto));
        // What was refused may come alone, from where the receiver is to there.
        if asked.transfer != this || transfer.part == 0 {
            (asked.transfer, asked.brought) = (this, BTreeSet::new());
        }
        for key in put.iter().map(|put| &put.key).chain(gone) {
            if !asked.brought.insert(key.clone()) {
                return Err(format!("{key} is sent twice in one transfer"));
            }
        }
        let (held, otherwise) = (asked.held, asked.otherwise);
        if transfer.last {
            asked.held = Some(transfer.upto);
        }
        match transfer.from {
            None if held.is_some_and(|held| otherwise.is_some_and(|upto| held.seq <= upto)) => Ok(()),
            None => is_needed(truth, node, held),
            Some(from) => self.only_changed(truth, node, *transfer, from, put.iter().map(|put| &put.key)),
        }
    }

    /// A transfer brings only what changed after its beginning.
    fn only_changed<'a>(
        &self,
        truth: &Truth,
        node: &NodeId,
        transfer: Transfer,
        from: Position,
        mut put: impl Iterator<Item = &'a WireKey>,
    ) -> Result<(), String> {
        let since = self.histories.get(node).and_then(|history| history.get(&from.seq)).copied();
        let (Some(since), Some(ledger)) = (since, truth.owners.ledger(node)) else {
            return Ok(());
        };
        if self.entitled > since {
            return Ok(());
        }
        let refused = |key: &WireKey| self.refused.get(node).is_some_and(|refused| refused.contains(key));
        let is_old = |key: &&WireKey| ledger.lines(key).last().is_some_and(|line| line.clock <= since) && !refused(key);
        match put.find(is_old) {
            Some(key) => Err(format!("{key} is sent in a transfer from {from} to {}, and has not changed after {from}", transfer.upto)),
            None => Ok(()),
        }
    }

    fn turn(&mut self, truth: &Truth, event: &Event, turn: &Turn<'_>) -> Result<(), String> {
        let node = &event.node;
        match turn {
            Turn::Opened { session, .. } => drop(self.sessions.insert((node.clone(), *session), Asked::default())),
            Turn::Closed(session) => drop(self.sessions.remove(&(node.clone(), *session))),
            Turn::HeardRequest(session, request) => match &request.body {
                RequestBody::SubscribeAll { hello, held, rejected, .. } => {
                    self.refuse(node, rejected);
                    let otherwise = understands(&mut self.heard, truth, node, hello, held.is_some());
                    if let Some(asked) = self.sessions.get_mut(&(node.clone(), *session)) {
                        *asked = Asked { held: *held, said: Some(hello.clone()), otherwise, ..Asked::default() };
                    }
                }
                RequestBody::Nack { rejected, .. } => self.refuse(node, rejected),
                _ => {}
            },
            Turn::SaidResponse(session, response) => {
                self.answer(truth, node, *session);
                return self.judge(truth, node, *session, response);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whoever is answered speaks for its zone.
    fn answer(&mut self, truth: &Truth, node: &NodeId, session: Session) {
        let Some(asked) = self.sessions.get_mut(&(node.clone(), session)) else {
            return;
        };
        if let Some(hello) = asked.said.take() {
            let otherwise = understands(&mut self.answered, truth, node, &hello, asked.held.is_some());
            asked.otherwise = asked.otherwise.max(otherwise);
        }
    }

    fn refuse(&mut self, node: &NodeId, rejected: &[WireKey]) {
        self.refused.entry(node.clone()).or_default().extend(rejected.iter().cloned());
    }
}

impl Invariant for Resync {
    fn id(&self) -> &'static str {
        "B2"
    }

    fn slug(&self) -> &'static str {
        "resync"
    }

    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        let kind = match passing.moment {
            // Several may come in one event.
            Moment::Head(head) => {
                let history = self.histories.entry(passing.event.node.clone()).or_default();
                history.insert(head.seq, truth.owners.clock());
                return Ok(());
            }
            Moment::Holds(resource) => resource.kind(),
            Moment::Dropped(key) => &key.kind,
            Moment::Started { .. } => {
                // What changed while nobody looked is not known, nor is what numbers another disk has given.
                self.histories.remove(&passing.event.node);
                self.sessions.retain(|(node, _), _| *node != passing.event.node);
                return Ok(());
            }
            _ => return Ok(()),
        };
        if ENTITLING.contains(&kind.as_str()) {
            self.entitled = truth.owners.clock();
        }
        Ok(())
    }

    fn see(&mut self, truth: &Truth, Happened { event, turns, .. }: &Happened<'_>) -> Result<(), Broken> {
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        if matches!(&event.what, What::Started { disk, .. } if *disk != DiskProvenance::Own) {
            // What zones said to this store is another matter than what they said to the one before.
            self.heard.retain(|(node, _), _| *node != event.node);
            self.answered.retain(|(node, _), _| *node != event.node);
        }
        turns.iter().try_for_each(|turn| self.turn(truth, event, turn)).map_err(|what| Broken::at(event, what))
    }
}

/// A zone says what it understands. Returns up to where it holds what was sent by other rules.
fn understands(understood: &mut Understood, truth: &Truth, node: &NodeId, hello: &Hello, holds: bool) -> Option<u64> {
    let head = truth.disks.image(node).and_then(|image| image.lineage.as_ref()).map(|lineage| lineage.head().seq);
    let asks_first = !understood.contains_key(&(node.clone(), hello.zone.clone()));
    let (said, otherwise) = understood.entry((node.clone(), hello.zone.clone())).or_insert_with(|| (hello.features.clone(), None));
    if asks_first && holds {
        *otherwise = head;
    }
    if *said != hello.features {
        (*said, *otherwise) = (hello.features.clone(), head);
    }
    *otherwise
}

/// Everything is sent only to whoever holds nothing of this history, or too little of it.
fn is_needed(truth: &Truth, node: &NodeId, held: Option<Position>) -> Result<(), String> {
    let lineage = truth.disks.image(node).and_then(|image| image.lineage.as_ref());
    match (held, lineage) {
        (Some(held), Some(lineage)) if !truth.forgotten.since(node, held) && truth.tree.leads(node, held, lineage.head()) => {
            Err(format!("everything is sent anew, although the receiver holds {held}, which leads to {}", lineage.head()))
        }
        _ => Ok(()),
    }
}
