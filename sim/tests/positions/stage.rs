//! A world of any kind, with a few words around it.
use super::judge::first_broken_by;
use std::time::Duration;
use strait_core::{
    node::{Change, Operation, Ticket},
    resource::Resource,
};
use strait_scenarios::{
    event::{Event, NodeId},
    invariants::Broken,
    meters::Meters,
    world::{Setup, World, WorldKind},
};

pub(crate) struct Stage {
    pub(crate) world: Box<dyn World>,
    events: Vec<Event>,
    ticket: u64,
}

impl Stage {
    pub(crate) fn new(kind: WorldKind, setup: &Setup) -> Self {
        Self { world: strait_sim::world(kind, setup).unwrap(), events: Vec::new(), ticket: 0 }
    }

    /// What it cost so far.
    pub(crate) fn meters(&self) -> Meters {
        Meters::of(&self.events, &mut strait_sim::Scale::default())
    }

    pub(crate) fn run_for(&mut self, seconds: u64) {
        self.run_for_ms(seconds * 1000);
    }

    pub(crate) fn run_for_ms(&mut self, ms: u64) {
        let until = self.world.now().after(Duration::from_millis(ms));
        loop {
            let events = self.world.advance(until);
            if events.is_empty() {
                return;
            }
            self.events.extend(events);
        }
    }

    pub(crate) fn edit(&mut self, who: &NodeId, change: Change) {
        self.ticket += 1;
        self.world.edit(who, Ticket(self.ticket), vec![change]);
    }

    pub(crate) fn put(&mut self, who: &NodeId, resource: Resource) {
        self.edit(who, Change::Put(resource));
    }

    pub(crate) fn operate(&mut self, who: &NodeId, operation: Operation) {
        self.ticket += 1;
        self.world.operate(who, Ticket(self.ticket), operation);
    }

    pub(crate) fn first_broken(&self, setup: &Setup) -> Option<(&'static str, Broken)> {
        first_broken_by(setup, &self.events, self.world.now())
    }
}
