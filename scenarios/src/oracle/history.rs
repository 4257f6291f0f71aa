//! What the owners' users wrote, what became of it, and what operators decided: seen from outside the nodes.
use super::{
    audience,
    entitlement::{Ages, is_rule},
    ledger::{Fate, Ledger},
    moment::Moment,
    removals::removed,
    speakers::Speakers,
};
use crate::{
    event::{DiskProvenance, NodeId},
    features::Feature,
    world::Setup,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    node::{Change, Operation, Ticket},
    resource::{Key, Origin, Resource, ZoneName},
    sync::{Dialect, Response, ResponseBody, Session},
};

/// The owners of all resources.
#[derive(Clone, Debug)]
pub(crate) struct Owners {
    dialects: BTreeMap<NodeId, Dialect>,
    /// What each node provides: global everything that it holds, a zone what its users wrote.
    ledgers: BTreeMap<NodeId, Ledger>,
    /// The sessions of global's process.
    sessions: BTreeMap<Session, ZoneName>,
    /// What the zones at their other ends said that they do not understand.
    lacks: BTreeMap<Session, BTreeSet<Feature>>,
    /// The second control planes, by the zone whose name they claim.
    rivals: BTreeMap<ZoneName, Vec<NodeId>>,
    speakers: Speakers,
    /// Where several claim a zone: who last announced to global what it took from that zone.
    announced: BTreeMap<Key, NodeId>,
    decisions: Vec<Decision>,
    /// What global said about which zones hold what.
    ages: Ages,
    /// Deletions that users asked for and nobody has seen yet.
    asked_to_delete: BTreeMap<NodeId, BTreeSet<Key>>,
    /// Names that users of a Kuma gave to what only the other side may write. Nobody is judged by them.
    usurped: BTreeSet<(NodeId, Key)>,
    clock: u64,
}

/// What an operator decided.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    pub(crate) clock: u64,
    pub(crate) node: NodeId,
    pub(crate) operation: Operation,
    ticket: Ticket,
    /// When it was answered, or its process ended before that.
    answered: Option<u64>,
}

/// Whose a resource is that a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Its own users'.
    Own,
    /// A copy of what this node provides.
    Copy(NodeId),
    /// Not to be said.
    Unclear,
}

impl Owners {
    pub(crate) fn new(setup: &Setup) -> Self {
        let dialects: BTreeMap<NodeId, Dialect> = setup.nodes().collect();
        let ledgers = dialects.keys().map(|node| (node.clone(), Ledger::new(node.zone().cloned()))).collect();
        Self {
            dialects,
            ledgers,
            sessions: BTreeMap::new(),
            lacks: BTreeMap::new(),
            rivals: rivals(setup),
            speakers: Speakers::default(),
            announced: BTreeMap::new(),
            decisions: Vec::new(),
            ages: Ages::default(),
            asked_to_delete: BTreeMap::new(),
            usurped: BTreeSet::new(),
            clock: 0,
        }
    }

    /// Takes note of one moment at a node.
    pub(crate) fn note(&mut self, node: &NodeId, moment: &Moment<'_>) {
        self.clock += 1;
        if *node == NodeId::Global {
            self.speakers.note(moment);
        }
        if let (NodeId::Global, Moment::Edit(ticket, _)) = (node, moment) {
            // To delete a `Zone` is to remove the zone.
            removed(moment).into_iter().for_each(|zone| self.decides(node, *ticket, Operation::Remove(zone)));
        }
        match moment {
            Moment::Started { observation, disk } => self.started(node, &observation.view.resources, disk),
            Moment::Edit(_, changes) => changes.iter().for_each(|change| self.asked(node, change)),
            Moment::Operate(ticket, operation) => self.decides(node, *ticket, (*operation).clone()),
            Moment::Done(ticket) => self.answers(node, Some(*ticket)),
            Moment::Opened { session, zone, .. } => _ = self.sessions.insert(*session, (*zone).clone()),
            Moment::Understands { session, features } => self.understands(*session, features),
            Moment::Holds(resource) => self.holds(node, resource),
            Moment::Dropped(key) => self.end(node, key, Fate::Deleted),
            Moment::Hears { session, response } => self.hears(*session, response),
            Moment::Began { .. }
            | Moment::Sends { .. }
            | Moment::Head(_)
            | Moment::Kubernetes(_)
            | Moment::ProxyOpened { .. }
            | Moment::ProxyClosed { .. } => {}
        }
        let is_said = match moment {
            Moment::Started { .. } => true,
            Moment::Holds(resource) => is_rule(resource.kind().as_str()),
            Moment::Dropped(key) => is_rule(key.kind.as_str()),
            _ => false,
        };
        if let Some(ledger) = self.ledgers.get(node).filter(|_| is_said && *node == NodeId::Global) {
            self.ages.turn(self.clock, ledger);
        }
    }

    /// What comes on the session that speaks for a zone is from whoever really is at its other end.
    fn hears(&mut self, session: Session, response: &Response) {
        let Some(zone) = self.sessions.get(&session).filter(|zone| self.rivals.contains_key(*zone)) else {
            return;
        };
        let speaker = self.speakers.of(zone);
        if let (Some(caller), ResponseBody::Resources { put, .. }) = (self.speakers.on(session), &response.body)
            && *caller == speaker
        {
            self.announced.extend(put.iter().map(|put| (put.key.clone(), speaker.clone())));
        }
    }

    fn understands(&mut self, session: Session, features: &BTreeSet<String>) {
        let lacks = Feature::ALL.into_iter().filter(|feature| !features.contains(&feature.to_string()));
        self.lacks.insert(session, lacks.collect());
    }

    /// What must be understood to take this, and is not at the other end of a session of global's.
    pub(crate) fn not_understood(&self, session: Session, resource: &Resource) -> Option<Feature> {
        // Nearly always nothing is lacking, and then no spec has to be read.
        let lacks = self.lacks.get(&session).filter(|lacks| !lacks.is_empty())?;
        lacks.intersection(&Feature::needed_for(resource)).next().copied()
    }

    fn holds(&mut self, node: &NodeId, resource: &Arc<Resource>) {
        let provides = *node == NodeId::Global || self.whose(node, resource) == Whose::Own;
        if let Some(ledger) = self.ledgers.get_mut(node).filter(|_| provides) {
            ledger.put(resource, self.clock);
        }
    }

    fn end(&mut self, node: &NodeId, key: &Key, fate: Fate) {
        if let Some(asked) = self.asked_to_delete.get_mut(node) {
            asked.remove(key);
        }
        if *node == NodeId::Global {
            // Whoever has it there again has announced it again.
            self.announced.remove(key);
        }
        if let Some(ledger) = self.ledgers.get_mut(node) {
            ledger.end(key, self.clock, fate);
        }
    }

    fn asked(&mut self, node: &NodeId, change: &Change) {
        let is_kuma = self.dialect(node) == Dialect::Kuma;
        match change {
            Change::Put(resource) => {
                let is_others = match node {
                    NodeId::Global => resource.origin() == Some(Origin::Zone),
                    NodeId::Zone(_) | NodeId::Joined { .. } => resource.origin() == Some(Origin::Global) || !travels_up(resource),
                };
                if is_kuma && is_others {
                    self.usurped.insert((node.clone(), resource.key.clone()));
                }
            }
            Change::Delete(key) => {
                let in_mesh = |resource: &&Arc<Resource>| resource.mesh().is_some_and(|mesh| mesh.as_str() == key.name.as_str());
                let ledger = self.ledger(node).filter(|_| key.kind.as_str() == "Mesh");
                let along: Vec<Key> = ledger.into_iter().flat_map(Ledger::now).filter(in_mesh).map(|held| held.key.clone()).collect();
                self.asked_to_delete.entry(node.clone()).or_default().extend(along.into_iter().chain([key.clone()]));
            }
        }
    }

    fn decides(&mut self, node: &NodeId, ticket: Ticket, operation: Operation) {
        self.decisions.push(Decision { clock: self.clock, node: node.clone(), operation, ticket, answered: None });
    }

    /// One decision is answered, or (`None`) no decision of this process will be any more.
    fn answers(&mut self, node: &NodeId, ticket: Option<Ticket>) {
        let is_it = |decision: &&mut Decision| decision.node == *node && ticket.is_none_or(|ticket| decision.ticket == ticket);
        for decision in self.decisions.iter_mut().filter(is_it) {
            decision.answered.get_or_insert(self.clock);
        }
    }

    /// What is there after a start is what was written or lost while nobody looked.
    fn started(&mut self, node: &NodeId, found: &BTreeMap<Key, Arc<Resource>>, disk: &DiskProvenance) {
        self.answers(node, None);
        if *node == NodeId::Global {
            self.sessions.clear();
            if *disk != DiskProvenance::Own {
                self.announced = self.claimed(found);
            }
        }
        let Some(ledger) = self.ledgers.get(node) else {
            return;
        };
        let missing: Vec<Arc<Resource>> = ledger.now().filter(|held| !found.contains_key(&held.key)).cloned().collect();
        let asked = self.asked_to_delete.remove(node).unwrap_or_default();
        for held in missing {
            let was_deleted = *disk == DiskProvenance::Own || asked.contains(&held.key) || self.has_ended_at_home(node, &held);
            self.end(node, &held.key, if was_deleted { Fate::Deleted } else { Fate::Lost });
        }
        for resource in found.values() {
            self.holds(node, resource);
        }
    }

    /// Whether a copy on global is of something that its zone had given up already.
    fn has_ended_at_home(&self, node: &NodeId, held: &Resource) -> bool {
        let Whose::Copy(provider) = self.whose(node, held) else {
            return false;
        };
        self.ledger(&provider).is_some_and(|ledger| {
            let from = ledger.source(held, 0).map_or(0, |line| line.index);
            ledger.ends(&held.key, from, &audience::leaves).next().is_some()
        })
    }

    // ---- what is asked of it ---------------------------------------------------------------------

    /// Whose a resource is that a node holds, by what its labels say.
    pub(crate) fn whose(&self, node: &NodeId, resource: &Resource) -> Whose {
        if self.usurped.contains(&(node.clone(), resource.key.clone())) {
            return Whose::Unclear;
        }
        let is_kuma = self.dialect(node) == Dialect::Kuma;
        match (node, resource.origin()) {
            (NodeId::Global, Some(Origin::Zone)) => {
                resource.zone().map_or(Whose::Unclear, |zone| Whose::Copy(self.announcer(zone, resource)))
            }
            (NodeId::Global, _) => Whose::Own,
            (_, Some(Origin::Global)) => Whose::Copy(NodeId::Global),
            (_, _) if is_kuma && !travels_up(resource) => Whose::Unclear,
            (_, _) => Whose::Own,
        }
    }

    /// From whom global has what is a zone's. Where several claim the zone, that is who announced it, or else who speaks for it.
    fn announcer(&self, zone: ZoneName, resource: &Resource) -> NodeId {
        if !self.rivals.contains_key(&zone) {
            return NodeId::Zone(zone);
        }
        self.announced.get(&resource.key).cloned().unwrap_or_else(|| self.speakers.of(&zone))
    }

    /// Where several claim a zone, and nobody saw how global's disk came about: one who has had what is found there.
    fn claimed(&self, found: &BTreeMap<Key, Arc<Resource>>) -> BTreeMap<Key, NodeId> {
        let one_of_them = |(key, resource): (&Key, &Arc<Resource>)| {
            let zone = resource.zone().filter(|_| resource.origin() == Some(Origin::Zone))?;
            let first = NodeId::Zone(zone.clone());
            let has_had = |node: &&NodeId| self.ledger(node).is_some_and(|ledger| ledger.source(resource, 0).is_some());
            let one = std::iter::once(&first).chain(self.rivals.get(&zone)?).find(has_had)?;
            Some((key.clone(), one.clone()))
        };
        found.iter().filter_map(one_of_them).collect()
    }

    /// Who really speaks for a zone on global, or was the last to.
    pub(crate) fn speaker(&self, zone: &ZoneName) -> NodeId {
        self.speakers.of(zone)
    }

    /// How a node speaks.
    pub(crate) fn dialect(&self, node: &NodeId) -> Dialect {
        self.dialects.get(node).copied().unwrap_or(Dialect::Kuma)
    }

    /// Whether neither of two nodes is ours.
    pub(crate) fn are_kumas(&self, one: &NodeId, other: &NodeId) -> bool {
        self.dialect(one) == Dialect::Kuma && self.dialect(other) == Dialect::Kuma
    }

    /// What a node provides.
    pub(crate) fn ledger(&self, node: &NodeId) -> Option<&Ledger> {
        self.ledgers.get(node)
    }

    /// What global said about which zones hold what.
    pub(crate) fn ages(&self) -> &Ages {
        &self.ages
    }

    /// The zone at the other end of a session of global's process.
    pub(crate) fn zone_on(&self, session: Session) -> Option<&ZoneName> {
        self.sessions.get(&session)
    }

    /// What operators decided at a node after that moment.
    pub(crate) fn decided(&self, node: &NodeId, after: u64) -> impl Iterator<Item = &Operation> {
        self.decisions.iter().filter(move |decision| decision.node == *node && decision.clock > after).map(|decision| &decision.operation)
    }

    /// What operators decided at a node about what was first seen there at that moment: after it, or before, if that was not answered
    /// yet. All that is seen until then was written before the decision, and had to wait for the disk.
    pub(crate) fn decided_about(&self, node: &NodeId, seen: u64) -> impl Iterator<Item = &Operation> {
        let is_about = move |decision: &&Decision| {
            decision.node == *node && (decision.clock > seen || decision.answered.is_none_or(|answered| answered > seen))
        };
        self.decisions.iter().filter(is_about).map(|decision| &decision.operation)
    }

    /// How many moments have passed.
    pub(crate) fn clock(&self) -> u64 {
        self.clock
    }
}

/// The second control planes, by the zone whose name they claim.
fn rivals(setup: &Setup) -> BTreeMap<ZoneName, Vec<NodeId>> {
    let mut rivals: BTreeMap<ZoneName, Vec<NodeId>> = BTreeMap::new();
    for (called, zone) in &setup.joins {
        let rival = NodeId::Joined { called: called.clone(), zone: zone.clone() };
        rivals.entry(zone.clone()).or_default().push(rival);
    }
    rivals
}

fn travels_up(resource: &Resource) -> bool {
    resource.kind().facts().is_some_and(|facts| facts.up)
}
