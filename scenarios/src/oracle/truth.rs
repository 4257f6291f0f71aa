//! The truth about a run as far as it has come: drawn once from each event, and shared by all checkers.
use super::{
    copies::{self, Copies},
    disk::{Disks, Seen},
    forgotten::Forgotten,
    history::Owners,
    lineage_tree::LineageTree,
    moment::Moment,
    passage::{self, Passage, Right},
    prints::Prints,
    questions::Answered,
    reach::Reach,
    turns::{Turn, turns},
};
use crate::{
    event::{Event, NodeId},
    features::Feature,
    limits::Limits,
    meters::{Meter, Scale},
    world::Setup,
};
use std::collections::BTreeSet;
use strait_core::node::Environment;

/// What is true of a run so far.
#[derive(Debug)]
pub(crate) struct Truth {
    /// What owners had and lost.
    pub(crate) owners: Owners,
    /// What receivers hold of it.
    pub(crate) copies: Copies,
    /// What each disk would give back.
    pub(crate) disks: Disks,
    /// Which position follows from which.
    pub(crate) tree: LineageTree,
    /// What it cost.
    pub(crate) meter: Meter,
    /// What resources look like.
    pub(crate) prints: Prints,
    /// What stores have forgotten.
    pub(crate) forgotten: Forgotten,
    /// Who reaches whom, and what is asked.
    pub(crate) reach: Reach,
    setup: Setup,
}

/// One moment of an event, which the truth has taken note of.
pub(crate) struct Passing<'e> {
    pub(crate) event: &'e Event,
    pub(crate) moment: &'e Moment<'e>,
    /// What became different about copies.
    pub(crate) turns: Vec<copies::Turn>,
    /// What comes down to a zone without a right.
    pub(crate) passages: Vec<(Passage<'e>, Right)>,
}

/// One whole event, which the truth has taken note of.
pub(crate) struct Happened<'e> {
    pub(crate) event: &'e Event,
    /// By session.
    pub(crate) turns: Vec<Turn<'e>>,
    /// What it did to the disk of its node.
    pub(crate) seen: Seen,
    /// The question of a workload that it answered.
    pub(crate) answered: Option<Answered<'e>>,
}

impl Truth {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            owners: Owners::new(setup),
            copies: Copies::default(),
            disks: Disks::new(setup),
            tree: LineageTree::default(),
            meter: Meter::default(),
            prints: Prints::default(),
            forgotten: Forgotten::default(),
            reach: Reach::new(setup),
            setup: setup.clone(),
        }
    }

    /// How many zones the world began with.
    pub(crate) fn zones(&self) -> u64 {
        self.setup.zones.len() as u64
    }

    /// How many proxies a zone has that are no pods, ways in for other zones among them.
    pub(crate) fn proxies(&self, node: &NodeId) -> u64 {
        let all = self.setup.proxies.keys().chain(&self.setup.ingresses);
        all.filter(|proxy| node.zone() == Some(&proxy.zone)).count() as u64
    }

    /// What a node may do and keep at most.
    pub(crate) fn limits(&self, node: &NodeId) -> Limits {
        self.setup.limits(node)
    }

    /// Whether a node is that of a zone that is a cluster.
    pub(crate) fn is_in_cluster(&self, node: &NodeId) -> bool {
        self.setup.environment(node) == Environment::Kubernetes
    }

    /// What a node did not understand when the world began.
    pub(crate) fn lacks(&self, node: &NodeId) -> BTreeSet<Feature> {
        self.setup.lacks(node)
    }

    /// Takes note of one moment.
    pub(crate) fn pass<'e>(&'e mut self, event: &'e Event, moment: &'e Moment<'e>) -> (&'e Self, Passing<'e>) {
        self.owners.note(&event.node, moment);
        let turns = self.copies.note(&self.owners, &event.node, moment);
        let truth = &*self;
        let passages = passage::without_right(&truth.owners, &event.node, moment);
        (truth, Passing { event, moment, turns, passages })
    }

    /// Takes note of a whole event, whose moments have passed.
    pub(crate) fn follow<'e>(&mut self, event: &'e Event, scale: &mut dyn Scale) -> Happened<'e> {
        let seen = self.disks.see(event);
        self.forgotten.see(event);
        let is_in_cluster = self.is_in_cluster(&event.node);
        self.tree.see(&event.node, &seen, is_in_cluster);
        let turns = turns(event);
        self.meter.follow(event, &turns, scale);
        let answered = self.reach.follow(event);
        Happened { event, turns, seen, answered }
    }
}
