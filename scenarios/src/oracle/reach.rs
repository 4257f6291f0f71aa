//! Who reaches whom: in each zone that has workloads, whom names may lead to and who may ask whom; and what was asked and is not answered.
use super::{
    answerers::Answerers,
    permissions::{DRAINED_WITHIN, Permissions, Verdict},
    questions::{Answered, Questions},
};
use crate::{
    event::{Event, NodeId, What},
    workload::{Ask, AtWorkload, ProxyId},
    world::Setup,
};
use std::collections::BTreeMap;
use strait_core::{resource::ZoneName, time::Mono};

/// What is true of workloads and of what they ask.
#[derive(Debug)]
pub(crate) struct Reach {
    zones: BTreeMap<ZoneName, InZone>,
    questions: Questions,
}

#[derive(Debug)]
struct InZone {
    answerers: Answerers,
    permissions: Permissions,
}

impl Reach {
    pub(crate) fn new(setup: &Setup) -> Self {
        let zone = |(zone, workloads): (ZoneName, BTreeMap<_, _>)| {
            let answerers = Answerers::new(zone.clone(), setup.proxies.clone());
            (zone, InZone { answerers, permissions: Permissions::new(workloads, setup.proxies.clone()) })
        };
        Self { zones: setup.workloads().map(zone).collect(), questions: Questions::default() }
    }

    /// Takes note of an event. Returns what it answers.
    pub(crate) fn follow<'e>(&mut self, event: &'e Event) -> Option<Answered<'e>> {
        if let What::Workload(AtWorkload::Appears { who, workload: Some(workload) }) = &event.what {
            for zone in self.zones.values_mut() {
                zone.answerers.appears(who, workload, event.at);
                zone.permissions.appears(who, workload, who.zone == *zone.answerers.zone());
            }
        }
        // What joins under the name of a zone serves none of its proxies.
        if let NodeId::Zone(zone) = &event.node
            && let Some(zone) = self.zones.get_mut(zone)
        {
            zone.answerers.follow(event);
            zone.permissions.follow(event);
        }
        self.questions.follow(event)
    }

    /// Whom names may lead to in a zone; `None`: it has no workloads.
    pub(crate) fn answerers(&self, zone: &ZoneName) -> Option<&Answerers> {
        self.zones.get(zone).map(|zone| &zone.answerers)
    }

    /// Whether a workload may ask another; `None`: it cannot be said.
    pub(crate) fn verdict(&self, asker: &ProxyId, by: &ProxyId) -> Option<Verdict> {
        self.zones.get(&by.zone)?.permissions.verdict(asker, by)
    }

    /// Whether a permission may have refused what was asked then: somebody to whom the name led denies it, or his proxy may not know yet that it
    /// is allowed. Told by what the zone holds, not by how it ended: of bytes, whoever asks sees only that the connection is closed.
    pub(crate) fn may_be_denied(&self, ask: &Ask, asked: Mono) -> bool {
        let leads_to = self.answerers(&ask.from.zone).map(|zone| zone.may_answer(ask, asked)).unwrap_or_default();
        leads_to.iter().any(|by| match self.verdict(&ask.from, by) {
            Some(Verdict::Denied(_) | Verdict::Allowed(None)) => true,
            Some(Verdict::Allowed(Some(since))) => asked < since.after(DRAINED_WITHIN),
            None => false,
        })
    }
}
