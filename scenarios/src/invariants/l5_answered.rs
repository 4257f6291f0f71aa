//! L5, answered: a question that everything allows is answered.
//!
//! Judged where nothing stands in its way and nothing has become different for a while: the name leads to workloads that are all there, whoever asks may
//! ask each of them, no route or timeout comes between, and the control plane of the zone was there not long ago, so that certificates
//! are fresh. So it is what the documentation of multi-zone meshes promises: requests inside a zone do not fail because control planes do.
use super::{Broken, Invariant};
use crate::{
    event::{DiskProvenance, Event, Stepped, What},
    oracle::{
        permissions::Verdict,
        questions,
        reach::Reach,
        truth::{Happened, Truth},
    },
    workload::{Answer, Ask, AtWorkload, ProxyId},
    world::Setup,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use strait_core::{
    Emit,
    names::ServiceId,
    node::{ObservationChange, VipState},
    resource::{Key, MeshName, Resource, ZoneName},
    time::Mono,
};

/// So long nothing has become different: more than any change takes to its last proxy.
const CALM_FOR: Duration = Duration::from_secs(10);
/// So long certificates are good without a control plane: they live for a minute at least, and are renewed at half of that.
const GOOD_WITHOUT: Duration = Duration::from_secs(20);
/// What becomes different without that a question could notice.
const OF_NO_MATTER: [&str; 3] = ["DataplaneInsight", "Secret", "GlobalSecret"];
/// What may let a question fail, as somebody meant it.
const IN_THE_WAY: [&str; 2] = ["MeshHTTPRoute", "MeshTimeout"];

/// L5.
#[derive(Debug)]
pub(super) struct Answered {
    zones: BTreeMap<ZoneName, Zone>,
    /// What was asked while nothing stood in its way.
    open: BTreeSet<u64>,
}

#[derive(Debug)]
struct Zone {
    up: BTreeSet<ProxyId>,
    in_the_way: BTreeSet<Key>,
    /// What was last shown. A process that starts again shows it again: nothing is different by that.
    held: BTreeMap<Key, Arc<Resource>>,
    names: BTreeMap<(MeshName, String), ServiceId>,
    vips: BTreeMap<ServiceId, VipState>,
    /// When something last became different that a question may notice.
    changed: Mono,
    /// When its control plane was last there; `None`: it is.
    away_since: Option<Mono>,
}

impl Answered {
    pub(super) fn new(setup: &Setup) -> Self {
        let zone = |(zone, _)| {
            let (up, in_the_way) = (BTreeSet::new(), BTreeSet::new());
            let (held, names, vips) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            let (changed, away_since) = (Mono(0), Some(Mono(0)));
            (zone, Zone { up, in_the_way, held, names, vips, changed, away_since })
        };
        Self { zones: setup.workloads().map(zone).collect(), open: BTreeSet::new() }
    }
}

impl Zone {
    fn follow(&mut self, event: &Event) {
        match &event.what {
            What::Started { observation, disk, .. } => {
                self.away_since = None;
                for resource in observation.view.resources.values() {
                    self.turn(event.at, &ObservationChange::Holds(Arc::clone(resource)));
                }
                if *disk != DiskProvenance::Own {
                    self.changed = event.at;
                }
            }
            What::Stopped { .. } | What::Paused => self.away_since = Some(event.at),
            What::Resumed => self.away_since = None,
            What::Stepped(Stepped::Zone { emits, .. }) => {
                for emit in emits {
                    if let Emit::Observed(change) = emit {
                        self.turn(event.at, change);
                    }
                }
            }
            What::Workload(AtWorkload::Started(proxy)) => {
                self.up.insert(proxy.clone());
                self.changed = event.at;
            }
            What::Workload(AtWorkload::Stopped(proxy)) => {
                self.up.remove(proxy);
                self.changed = event.at;
            }
            _ => {}
        }
    }

    fn turn(&mut self, at: Mono, change: &ObservationChange) {
        let is_different = match change {
            ObservationChange::Holds(resource) => {
                if IN_THE_WAY.contains(&resource.kind().as_str()) {
                    self.in_the_way.insert(resource.key.clone());
                }
                let before = self.held.insert(resource.key.clone(), Arc::clone(resource));
                before.is_none_or(|before| before != *resource) && !OF_NO_MATTER.contains(&resource.kind().as_str())
            }
            ObservationChange::Dropped(key) => {
                self.in_the_way.remove(key);
                self.held.remove(key).is_some() && !OF_NO_MATTER.contains(&key.kind.as_str())
            }
            ObservationChange::Named { mesh, name, service } => {
                let name = (mesh.clone(), name.clone());
                let before = match service {
                    Some(service) => self.names.insert(name, service.clone()),
                    None => self.names.remove(&name),
                };
                before != *service
            }
            ObservationChange::Vip { service, vip } => {
                let before = match vip {
                    Some(vip) => self.vips.insert(service.clone(), *vip),
                    None => self.vips.remove(service),
                };
                before != *vip
            }
            _ => false,
        };
        if is_different {
            self.changed = at;
        }
    }

    /// Whether a question of this moment must be answered, if nothing becomes different meanwhile.
    fn must_answer(&self, reach: &Reach, ask: &Ask, at: Mono) -> bool {
        let Some(answerers) = reach.answerers(&ask.from.zone) else {
            return false;
        };
        let is_calm = at >= self.changed.after(CALM_FOR) && self.in_the_way.is_empty() && ask.takes.is_zero();
        let is_near = self.away_since.is_none_or(|since| at < since.after(GOOD_WITHOUT));
        let knows = self.up.contains(&ask.from) && answerers.has_settled(&ask.from);
        if !is_calm || !is_near || !knows {
            return false;
        }
        let leads_to = answerers.may_answer(ask, at);
        let is_there = |by: &ProxyId| {
            let may = matches!(reach.verdict(&ask.from, by), Some(Verdict::Allowed(_)));
            may && self.up.contains(by) && answerers.has_settled(by) && answerers.is_reached_at(by, ask)
        };
        !leads_to.is_empty() && leads_to.iter().all(is_there)
    }
}

impl Invariant for Answered {
    fn id(&self) -> &'static str {
        "L5"
    }

    fn slug(&self) -> &'static str {
        "answered"
    }

    fn see(&mut self, truth: &Truth, Happened { event, answered, .. }: &Happened<'_>) -> Result<(), Broken> {
        let Some(zone) = event.node.zone().and_then(|zone| self.zones.get_mut(zone)) else {
            return Ok(());
        };
        zone.follow(event);
        if let What::Workload(AtWorkload::Asks { number, ask }) = &event.what
            && zone.must_answer(&truth.reach, ask, event.at)
        {
            self.open.insert(*number);
        }
        if let Some(questions::Answered { number, asked, ask, answer }) = answered
            && self.open.remove(number)
            && zone.changed < *asked
            && !matches!(answer, Answer::By { .. } | Answer::Leads(_))
        {
            let what = format!("what {} asked {} at {asked} should have been answered, and {answer}", ask.from, ask.name);
            return Err(Broken::at(event, what));
        }
        Ok(())
    }
}
