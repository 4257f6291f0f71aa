//! L5, answered: a question that everything allows is answered, and in the zone of whoever asks if somebody serves it there.
//!
//! Judged where nothing stands in its way and nothing has become different for a while: the name leads to workloads that are all there, whoever asks may
//! ask each of them, the service has an address, no route or timeout comes between, and the control planes of their zones were there not long ago, so that certificates
//! are fresh. Into another zone: an ingress is there, the link is whole, and what the zone says of itself is known where it is asked. So it is what the
//! documentation of multi-zone meshes promises: requests do not fail because control planes do, nor because their links do.
use super::{Broken, Invariant};
use crate::{
    event::{DiskProvenance, Event, NodeId, Stepped, What},
    oracle::{
        permissions::Verdict,
        questions,
        reach::Reach,
        truth::{Happened, Truth},
    },
    workload::{Answer, Ask, AtWorkload, ProxyId, Workload},
    world::{Setup, Skew},
    zone_pair::ZonePair,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use strait_core::{
    Emit,
    names::ServiceId,
    node::{ObservationChange, ProxyStatus, VipState},
    resource::{Key, Kind, MeshName, Resource, ZoneName},
    time::Mono,
};

/// So long nothing has become different: more than any change takes to its last proxy.
const CALM_FOR: Duration = Duration::from_secs(10);
/// So long certificates are good without a control plane: they live for a minute at least, and are renewed at half of that.
const GOOD_WITHOUT: Duration = Duration::from_secs(20);
/// Clocks that differ by more than this, in milliseconds: who vouches for whom until when is not the same for both. A minute is the shortest life.
const CLOCKS_AGREE_MS: u64 = 10_000;
/// What becomes different without that a question could notice.
const OF_NO_MATTER: [&str; 3] = ["DataplaneInsight", "Secret", "GlobalSecret"];
/// What a zone says of itself, so that others reach it.
const OF_A_ZONE: [&str; 3] = ["MeshService", "MeshTrust", "MeshZoneAddress"];
/// What may let a question fail, as somebody meant it.
const IN_THE_WAY: [&str; 2] = ["MeshHTTPRoute", "MeshTimeout"];

/// L5.
#[derive(Debug)]
pub(super) struct Answered {
    zones: BTreeMap<ZoneName, Zone>,
    workloads: BTreeMap<ProxyId, Workload>,
    ingresses: BTreeSet<ProxyId>,
    /// Links between zones that are cut.
    cut: BTreeSet<ZonePair>,
    /// What was asked while nothing stood in its way.
    open: BTreeMap<u64, MustAnswer>,
}

/// Who must answer.
#[derive(Debug)]
struct MustAnswer {
    /// Those who may are in these zones, and nothing must become different there meanwhile.
    zones: BTreeSet<ZoneName>,
    /// Somebody in the zone of whoever asks.
    at_home: bool,
}

#[derive(Debug)]
struct Zone {
    up: BTreeSet<ProxyId>,
    /// Those of them that have not taken all since they started: where they are knows nobody who is not told.
    blank: BTreeSet<ProxyId>,
    in_the_way: BTreeSet<Key>,
    /// What was last shown. A process that starts again shows it again: nothing is different by that.
    held: BTreeMap<Key, Arc<Resource>>,
    names: BTreeMap<(MeshName, String), ServiceId>,
    vips: BTreeMap<ServiceId, VipState>,
    /// When something last became different that a question may notice.
    changed: Mono,
    /// When its control plane was last there for a while; `None`: it is.
    away_since: Option<Mono>,
    /// Since when it is there again.
    back_since: Option<Mono>,
    /// How far its clock is from what it would be, in milliseconds.
    skewed_ms: i64,
    /// When its clock last jumped, if certificates may not have been renewed since.
    jumped: Option<Mono>,
}

impl Answered {
    pub(super) fn new(setup: &Setup) -> Self {
        let zone = |(zone, _)| {
            let (up, blank, in_the_way) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
            let (held, names, vips) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
            let (changed, away_since, back_since) = (Mono(0), Some(Mono(0)), None);
            (zone, Zone { up, blank, in_the_way, held, names, vips, changed, away_since, back_since, skewed_ms: 0, jumped: None })
        };
        let (cut, open) = Default::default();
        let (workloads, ingresses) = (setup.proxies.clone(), setup.ingresses.clone());
        Self { zones: setup.workloads().map(zone).collect(), workloads, ingresses, cut, open }
    }

    /// Who must answer a question of this moment. `None`: nobody must.
    fn must_answer(&self, reach: &Reach, ask: &Ask, at: Mono) -> Option<MustAnswer> {
        let (own, answerers) = (self.zones.get(&ask.from.zone)?, reach.answerers(&ask.from.zone)?);
        let is_there = own.has(&ask.from) && answerers.has_settled(&ask.from) && self.is_as_it_came(&ask.from);
        let lacks_address = self.workloads.get(&ask.from).is_some_and(|asker| own.lacks_address(&asker.mesh, &ask.name));
        if !own.is_fit(at) || !ask.takes.is_zero() || !is_there || lacks_address {
            return None;
        }
        let leads_to = answerers.may_answer(ask, at);
        let is_there = |by: &ProxyId| {
            let may = matches!(reach.verdict(&ask.from, by), Some(Verdict::Allowed(_)));
            let there = |zone: &Zone| zone.has(by) && reach.answerers(&by.zone).is_some_and(|zone| zone.has_settled(by));
            let zone = self.zones.get(&by.zone);
            may && zone.is_some_and(there)
                && self.is_as_it_came(by)
                && answerers.is_reached_at(by, ask)
                && self.is_open(reach, &ask.from.zone, &by.zone, at)
        };
        let zones = leads_to.iter().map(|by| &by.zone).chain([&ask.from.zone]).cloned().collect();
        let at_home = leads_to.iter().any(|by| by.zone == ask.from.zone);
        (!leads_to.is_empty() && leads_to.iter().all(is_there)).then_some(MustAnswer { zones, at_home })
    }

    /// Nobody has written over what a proxy brought along: what it serves, and how it is reached.
    fn is_as_it_came(&self, proxy: &ProxyId) -> bool {
        let (Some(zone), Some(workload)) = (self.zones.get(&proxy.zone), self.workloads.get(proxy)) else { return false };
        if workload.pod.is_some() {
            return zone.takes_what_is_sent_to(proxy, workload);
        }
        // Where it is does not matter for that.
        let brought = workload.dataplane(&proxy.name, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let Some(held) = zone.held.get(&brought.key) else { return false };
        let of = |resource: &Resource, field: &str| Some(resource.spec.value()?.get("networking")?.get(field)?.clone());
        let is_same = |field: &&str| of(held, field) == of(&brought, field);
        ["inbound", "gateway", "transparentProxying"].iter().all(is_same)
            && brought.labels.iter().all(|(label, value)| held.labels.get(label) == Some(value))
    }

    fn turns(&mut self, pair: &ZonePair, at: Mono, is_cut: bool) {
        let is_different = if is_cut { self.cut.insert(pair.clone()) } else { self.cut.remove(pair) };
        let zones = pair.zones().into_iter().filter(|_| is_different).cloned().collect::<Vec<_>>();
        zones.iter().for_each(|zone| {
            if let Some(zone) = self.zones.get_mut(zone) {
                zone.changed = at
            }
        });
    }

    /// Whether what is asked in one zone gets into another.
    fn is_open(&self, reach: &Reach, one: &ZoneName, other: &ZoneName, at: Mono) -> bool {
        let Some(pair) = ZonePair::new(one, other) else { return true };
        let (Some(from), Some(to)) = (self.zones.get(one), self.zones.get(other)) else { return false };
        let settled = |ingress: &&ProxyId| reach.answerers(other).is_some_and(|zone| zone.has_settled(ingress));
        let mut ingresses = self.ingresses.iter().filter(|ingress| ingress.zone == *other);
        let clocks_agree = from.skewed_ms.abs_diff(to.skewed_ms) <= CLOCKS_AGREE_MS;
        let lets_in = clocks_agree && ingresses.any(|ingress| to.has(ingress) && settled(&ingress));
        lets_in && !self.cut.contains(&pair) && to.is_fit(at) && from.knows_of(other, to) && to.knows_of(one, from)
    }
}

impl Zone {
    /// Whether it is there, and knows all.
    fn has(&self, proxy: &ProxyId) -> bool {
        self.up.contains(proxy) && !self.blank.contains(proxy)
    }

    /// Whether a name leads to a service for which there is no address left, as the zone shows.
    fn lacks_address(&self, mesh: &MeshName, name: &str) -> bool {
        let service = self.names.get(&(mesh.clone(), name.to_owned()));
        service.is_some_and(|service| self.vips.get(service) == Some(&VipState::Exhausted))
    }

    /// A pod is one whose cluster says that it is ready: of it nobody else says anything.
    fn takes_what_is_sent_to(&self, pod: &ProxyId, workload: &Workload) -> bool {
        let key = Key { kind: Kind::dataplane(), mesh: Some(workload.mesh.clone()), name: pod.name.clone() };
        let networking = self.held.get(&key).and_then(|held| held.spec.value()?.get("networking"));
        let inbounds = networking.and_then(|networking| networking.get("inbound")?.as_array());
        inbounds.is_some_and(|inbounds| inbounds.iter().all(|inbound| inbound.get("state").is_none()))
    }

    fn follow(&mut self, event: &Event) {
        match &event.what {
            What::Started { observation, disk, .. } => {
                self.back_since = Some(event.at);
                for resource in observation.view.resources.values() {
                    self.turn(event.at, &ObservationChange::Holds(Arc::clone(resource)));
                }
                if *disk != DiskProvenance::Own {
                    self.changed = event.at;
                }
            }
            What::Stopped { .. } | What::Paused => self.leaves(event.at),
            What::Resumed => self.back_since = Some(event.at),
            What::Stepped(Stepped::Zone { emits, .. }) => {
                for emit in emits {
                    if let Emit::Observed(change) = emit {
                        self.turn(event.at, change);
                    }
                }
            }
            What::Workload(AtWorkload::Started(proxy)) => {
                self.up.insert(proxy.clone());
                self.blank.insert(proxy.clone());
                self.changed = event.at;
            }
            What::Workload(AtWorkload::Stopped(proxy)) => {
                self.up.remove(proxy);
                self.changed = event.at;
            }
            _ => {}
        }
    }

    /// Its control plane is gone, or takes nothing. If it was back for a moment only, it was away all the time.
    fn leaves(&mut self, at: Mono) {
        if self.has_renewed(at) {
            self.jumped = None;
        }
        let was_there = self.back_since.take().is_some_and(|back| at >= back.after(CALM_FOR));
        if was_there || self.away_since.is_none() {
            self.away_since = Some(at);
        }
    }

    fn turn(&mut self, at: Mono, change: &ObservationChange) {
        if let ObservationChange::Proxy { proxy, status: Some(ProxyStatus { sent, took, .. }) } = change
            && *sent > 0
            && sent == took
        {
            self.blank.retain(|blank| blank.name != proxy.name);
        }
        if matches!(change, ObservationChange::StoreFailed(_)) {
            self.leaves(at);
        }
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

    /// Nothing has become different for a while, nothing is in the way, and certificates are fresh.
    fn is_fit(&self, at: Mono) -> bool {
        let is_back = self.back_since.is_some_and(|back| at >= back.after(CALM_FOR));
        let is_near = is_back || self.away_since.is_none_or(|since| at < since.after(GOOD_WITHOUT));
        at >= self.changed.after(CALM_FOR) && self.in_the_way.is_empty() && is_near && self.has_renewed(at)
    }

    /// Whether its control plane has been there for a while since the clock last jumped: by the new time certificates of before may have run out.
    fn has_renewed(&self, at: Mono) -> bool {
        self.jumped.is_none_or(|jumped| self.back_since.is_some_and(|back| at >= jumped.max(back).after(CALM_FOR)))
    }

    /// Whether all that another zone says of itself is known here, as it says it now.
    fn knows_of(&self, other: &ZoneName, zone: &Self) -> bool {
        let says = |resource: &&Arc<Resource>| OF_A_ZONE.contains(&resource.kind().as_str()) && resource.zone().as_ref() == Some(other);
        let of = |zone: &Self| {
            let said = zone.held.values().filter(says).cloned().collect::<Vec<_>>();
            let named = |one: Arc<Resource>| ((one.kind().clone(), one.mesh().cloned(), one.display_name().to_owned()), one);
            said.into_iter().map(named).collect::<BTreeMap<_, _>>()
        };
        let (known, said) = (of(self), of(zone));
        known.len() == said.len() && known.iter().all(|(name, copy)| said.get(name).is_some_and(|said| said.spec == copy.spec))
    }
}

impl Invariant for Answered {
    fn id(&self) -> &'static str {
        "L5"
    }

    fn slug(&self) -> &'static str {
        "answered"
    }

    /// Certificates are signed anew, which takes some time.
    fn skewed(&mut self, at: Mono, who: &NodeId, skew: Skew) {
        if let (NodeId::Zone(zone), Skew::ByMs(ms)) = (who, skew)
            && let Some(zone) = self.zones.get_mut(zone)
        {
            (zone.skewed_ms, zone.changed, zone.jumped) = (zone.skewed_ms.saturating_add(ms), at, Some(at));
        }
    }

    fn see(&mut self, truth: &Truth, Happened { event, answered, .. }: &Happened<'_>) -> Result<(), Broken> {
        match &event.what {
            What::Workload(AtWorkload::Appears { who, workload: Some(workload) }) => {
                _ = self.workloads.insert(who.clone(), (**workload).clone())
            }
            What::Workload(AtWorkload::Appears { who, workload: None }) => _ = self.ingresses.insert(who.clone()),
            What::Workload(AtWorkload::Cut(pair)) => self.turns(pair, event.at, true),
            What::Workload(AtWorkload::Healed(pair)) => self.turns(pair, event.at, false),
            _ => {}
        }
        let Some(zone) = event.node.zone().and_then(|zone| self.zones.get_mut(zone)) else {
            return Ok(());
        };
        zone.follow(event);
        if let What::Workload(AtWorkload::Asks { number, ask }) = &event.what
            && let Some(must) = self.must_answer(&truth.reach, ask, event.at)
        {
            self.open.insert(*number, must);
        }
        if let Some(questions::Answered { number, asked, ask, answer }) = answered
            && let Some(MustAnswer { zones, at_home }) = self.open.remove(number)
            && zones.iter().filter_map(|zone| self.zones.get(zone)).all(|zone| zone.changed < *asked)
        {
            let should = match answer {
                Answer::By { proxy, .. } if at_home && proxy.zone != ask.from.zone => " by somebody in its own zone",
                Answer::By { .. } | Answer::Leads(_) => return Ok(()),
                _ => "",
            };
            let what = format!("what {} asked {} at {asked} should have been answered{should}, and {answer}", ask.from, ask.name);
            return Err(Broken::at(event, what));
        }
        Ok(())
    }
}
