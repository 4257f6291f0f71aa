//! What each proxy of a zone has been told, and what the zone shows meanwhile, from which a plan follows.
//!
//! The plan itself is worked out by the core's own index, another one than the node's, which is told one state as a whole: whether that plan is right
//! is for others to judge. Here is seen whether what was told, change by change, is the plan of that one state.
use crate::event::{Event, Stepped, What};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    Emit, Step,
    names::ServiceId,
    node::{FromProxy, ObservationChange, PlanUpdate, ProxySession, ProxyStatus, ToProxy, View, VipState, ZoneEffect, ZoneInput},
    plan::{Part, PartName, Plans},
    resource::{Key, Kind, MeshName, Resource, ZoneName},
};

/// What one zone control plane shows that counts for plans.
#[derive(Debug, Default)]
struct State {
    resources: BTreeMap<Key, Arc<Resource>>,
    vips: BTreeMap<ServiceId, VipState>,
    names: BTreeMap<(MeshName, String), ServiceId>,
    /// Proxies that serve nobody before they have taken their plan.
    newcomers: BTreeSet<Key>,
}

/// One proxy, on one connection.
#[derive(Debug)]
struct Talk {
    proxy: Key,
    /// It has taken something.
    has_taken: bool,
    parts: BTreeMap<PartName, Part>,
}

/// What the proxies of one zone control plane have been told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    state: State,
    talks: BTreeMap<ProxySession, Talk>,
    unstored: BTreeSet<u64>,
    /// Who has taken all while something was not stored yet: what follows for it may wait for that.
    later: BTreeSet<ProxySession>,
}

/// A proxy has been told something that is not the plan of one state.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mixed {
    /// Which.
    pub(crate) proxy: Key,
    /// In which part.
    pub(crate) part: PartName,
    /// How that is.
    pub(crate) how: &'static str,
}

impl Told {
    /// Takes note of an event. Says who was told by it, or has now taken all that he was told, something that does not follow from what is shown at
    /// the end of it; or, where it makes several batches visible, from what was shown when it was told. Who served by then is asked for that moment
    /// in any case: a newcomer begins to serve with no batch.
    pub(crate) fn follow(&mut self, zone: &ZoneName, event: &Event) -> Option<Mixed> {
        let (step, emits) = match &event.what {
            What::Started { observation, .. } => {
                *self = Self { state: State::of(&observation.view), ..Self::default() };
                self.unstored.extend(event.batches().iter().map(|batch| batch.lsn.0));
                return None;
            }
            What::Stopped { .. } => {
                self.later.clear();
                self.talks.clear();
                return None;
            }
            What::Stepped(Stepped::Zone { step, emits }) => (step, emits),
            _ => return None,
        };
        let mut becomes_visible = 0;
        match step {
            Step::Input(ZoneInput::Proxy(session, said)) => self.hear(*session, said),
            Step::Stored { upto } => {
                let before = self.unstored.len();
                self.unstored.retain(|lsn| *lsn > upto.0);
                becomes_visible = before - self.unstored.len();
            }
            _ => {}
        }
        let mut judged = BTreeMap::new();
        for emit in emits {
            match emit {
                Emit::Store(batch) => _ = self.unstored.insert(batch.lsn.0),
                Emit::Observed(change) => {
                    if let Some(session) = self.turn(change) {
                        self.later.insert(session);
                    }
                }
                Emit::Effect(ZoneEffect::Proxy(session, said)) => match said {
                    ToProxy::Plan(update) => {
                        self.tell(*session, update);
                        self.later.remove(session);
                        // A batch that is followed by others in the same event has a state of its own.
                        let is_of_this_moment =
                            becomes_visible > 1 && self.mixed(zone, [(*session, self.state.newcomers.clone())]).is_none();
                        if is_of_this_moment {
                            judged.remove(session);
                        } else {
                            judged.insert(*session, self.state.newcomers.clone());
                        }
                    }
                    ToProxy::Close { .. } => self.forget(*session),
                },
                Emit::Effect(_) => {}
            }
        }
        if self.unstored.is_empty() {
            let later = std::mem::take(&mut self.later);
            later.into_iter().for_each(|session| _ = judged.entry(session).or_insert_with(|| self.state.newcomers.clone()));
        }
        if judged.is_empty() { None } else { self.mixed(zone, judged) }
    }

    fn hear(&mut self, session: ProxySession, said: &FromProxy) {
        match said {
            FromProxy::Opened { mesh, name, dataplane, .. } => {
                let kind = if mesh.is_some() { Kind::dataplane() } else { Kind::zone_ingress() };
                let proxy = Key { kind, mesh: mesh.clone(), name: name.clone() };
                if dataplane.is_some() && !self.state.resources.contains_key(&proxy) {
                    self.state.newcomers.insert(proxy.clone());
                }
                self.talks.insert(session, Talk { proxy, has_taken: false, parts: BTreeMap::new() });
            }
            FromProxy::Closed => self.forget(session),
            FromProxy::Took { .. } | FromProxy::Refused { .. } | FromProxy::TurnedAway { .. } => {}
        }
    }

    fn forget(&mut self, session: ProxySession) {
        self.later.remove(&session);
        if let Some(talk) = self.talks.remove(&session) {
            self.state.newcomers.remove(&talk.proxy);
        }
    }

    fn tell(&mut self, session: ProxySession, update: &PlanUpdate) {
        if let Some(talk) = self.talks.get_mut(&session) {
            update.gone.iter().for_each(|name| _ = talk.parts.remove(name));
            talk.parts.extend(update.put.iter().map(|part| (part.name(), part.clone())));
        }
    }

    /// Says who has taken all that he was told.
    fn turn(&mut self, change: &ObservationChange) -> Option<ProxySession> {
        match change {
            ObservationChange::Holds(resource) => _ = self.state.resources.insert(resource.key.clone(), Arc::clone(resource)),
            ObservationChange::Dropped(key) => {
                self.state.resources.remove(key);
                // It had left, and was gone before it came, although that could not be seen yet.
                if self.talks.values().any(|talk| talk.proxy == *key && !talk.has_taken) {
                    self.state.newcomers.insert(key.clone());
                }
            }
            ObservationChange::Vip { service, vip: Some(vip) } => _ = self.state.vips.insert(service.clone(), *vip),
            ObservationChange::Vip { service, vip: None } => _ = self.state.vips.remove(service),
            ObservationChange::Named { mesh, name, service } => {
                let name = (mesh.clone(), name.clone());
                match service {
                    Some(service) => _ = self.state.names.insert(name, service.clone()),
                    None => _ = self.state.names.remove(&name),
                }
            }
            ObservationChange::Proxy { proxy, status } => {
                if status.as_ref().is_none_or(|status| status.took > 0) {
                    self.state.newcomers.remove(proxy);
                }
                if let Some(talk) = status.as_ref().filter(|status| status.took > 0).and_then(|status| self.talks.get_mut(&status.session))
                {
                    talk.has_taken = true;
                }
                let has_all = |status: &&ProxyStatus| status.took > 0 && status.sent == status.took;
                return status.as_ref().filter(has_all).map(|status| status.session);
            }
            _ => {}
        }
        None
    }

    /// Of these, each while those were newcomers.
    fn mixed(&self, zone: &ZoneName, judged: impl IntoIterator<Item = (ProxySession, BTreeSet<Key>)>) -> Option<Mixed> {
        let mut plans: BTreeMap<BTreeSet<Key>, Plans> = BTreeMap::new();
        judged.into_iter().filter_map(|(session, newcomers)| Some((self.talks.get(&session)?, newcomers))).find_map(|(talk, newcomers)| {
            let plans = plans.entry(newcomers).or_insert_with_key(|newcomers| self.state.plans(zone, newcomers));
            let plan = plans.plan(&talk.proxy);
            let names: BTreeSet<&PartName> = plan.keys().chain(talk.parts.keys()).collect();
            names.into_iter().find_map(|name| {
                let how = match (talk.parts.get(name), plan.get(name)) {
                    (Some(told), Some(follows)) if told == follows => return None,
                    (Some(_), Some(_)) => "was told otherwise",
                    (Some(_), None) => "was told what does not follow",
                    (None, _) => "was not told",
                };
                Some(Mixed { proxy: talk.proxy.clone(), part: name.clone(), how })
            })
        })
    }
}

impl State {
    fn of(view: &View) -> Self {
        let names =
            view.names.iter().flat_map(|(mesh, names)| names.iter().map(|(name, service)| ((mesh.clone(), name.clone()), service.clone())));
        Self { resources: view.resources.clone(), vips: view.vips.clone(), names: names.collect(), newcomers: BTreeSet::new() }
    }

    /// All plans of this state, and of nothing that was before.
    fn plans(&self, zone: &ZoneName, newcomers: &BTreeSet<Key>) -> Plans {
        let mut plans = Plans::new(zone.clone());
        newcomers.iter().for_each(|proxy| plans.hold_back(proxy));
        plans.name(self.names.iter().map(|((mesh, name), service)| (mesh, name.as_str(), Some(service))));
        let given = self
            .vips
            .iter()
            .filter_map(|(service, vip)| if let VipState::Given(address) = vip { Some((service, Some(*address))) } else { None });
        plans.apply(self.resources.iter().map(|(key, resource)| (key, Some(resource))), given);
        plans
    }
}
