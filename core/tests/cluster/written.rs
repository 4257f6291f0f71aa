//! A zone that writes to its cluster: it dies at any store, its answers are lost or late, and what it is told comes when the test wants.
use crate::{
    alone::{from_global, kuma_response, resource, zone},
    api::Api,
    stage::mesh,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Durable, Emit, Node as _, Out, Recover as _, Seed, Step, ZoneNode,
    kubernetes::{Answered, Ask, CustomKind, News, NotDone, ObjectId, ObjectKind, Seen},
    names::ServiceId,
    node::{Change, EditOutcome, Environment, ObservationChange, Ticket, VipState, ZoneConfig, ZoneEffect, ZoneInput},
    resource::{Key, Resource},
    sync::{Dialect, ResponseBody, Session},
    time::{Mono, Now, Wall},
};

pub(crate) fn timeout_spec(seconds: u8) -> Value {
    let to = json!([{"targetRef": {"kind": "Mesh"}, "default": {"http": {"requestTimeout": format!("{seconds}s")}}}]);
    json!({"targetRef": {"kind": "Mesh"}, "to": to})
}

/// A policy.
pub(crate) fn timeout(name: &str, seconds: u8) -> Resource {
    resource("MeshTimeout", Some("default"), name, timeout_spec(seconds))
}

/// A service whose address this zone gives.
pub(crate) fn union(name: &str) -> Resource {
    let spec = json!({"selector": {"meshService": {"matchLabels": {"app": name}}}, "ports": [{"port": 80, "appProtocol": "http"}]});
    resource("MeshMultiZoneService", Some("default"), name, spec)
}

/// One that users write in the zone.
pub(crate) fn service(name: &str) -> Resource {
    resource("MeshService", Some("default"), name, json!({"ports": [{"port": 80}], "selector": {"dataplaneTags": {"app": name}}}))
}

/// The object of a policy.
pub(crate) fn applied(seconds: u8, labels: &Value) -> Value {
    json!({"metadata": {"labels": labels}, "spec": timeout_spec(seconds)})
}

/// The kinds that are followed here, beside pods and services.
pub(crate) const FOLLOWED: [&str; 4] = ["MeshTimeout", "MeshService", "Mesh", "MeshTrust"];

pub(crate) fn custom(kind: &str) -> ObjectKind {
    ObjectKind::Custom(CustomKind::named(kind).unwrap())
}

pub(crate) fn followed() -> impl Iterator<Item = ObjectKind> {
    FOLLOWED.into_iter().map(custom).chain([ObjectKind::ConfigMap]).chain(ObjectKind::ALL)
}

/// A zone, and the API of its cluster.
pub(crate) struct Written {
    pub(crate) node: Option<ZoneNode>,
    pub(crate) disk: Durable,
    pub(crate) api: Api,
    /// After so many stores it dies.
    pub(crate) fuse: usize,
    pub(crate) starts: u64,
    pub(crate) now: u64,
    /// What was asked and has no answer.
    pub(crate) asked: Vec<Ask>,
    /// How often something was asked.
    pub(crate) asks: u64,
    /// Up to where each kind was told.
    told: BTreeMap<ObjectKind, u64>,
    /// What global has.
    pub(crate) global: Vec<Resource>,
    answers: Vec<EditOutcome>,
    /// Each address that somebody was told of, and whose.
    pub(crate) published: BTreeSet<(ServiceId, std::net::Ipv4Addr)>,
    dials: u64,
    /// The last session with global.
    pub(crate) sessions: u64,
    /// What it said to global on its own lane.
    pub(crate) said: Vec<ResponseBody>,
}

impl Written {
    pub(crate) fn new() -> Self {
        let mut world = Self {
            node: None,
            disk: Durable::new(),
            api: Api::new(),
            fuse: usize::MAX,
            starts: 0,
            now: 0,
            asked: Vec::new(),
            asks: 0,
            told: BTreeMap::new(),
            global: vec![mesh("default")],
            answers: Vec::new(),
            published: BTreeSet::new(),
            dials: 0,
            sessions: 0,
            said: Vec::new(),
        };
        world.start();
        world
    }

    /// Another process over what is stored. What was asked before is done, or not, and nobody hears of it.
    pub(crate) fn start(&mut self) {
        self.starts += 1;
        self.asked.clear();
        self.told.clear();
        let mut out = Out::new();
        let config = ZoneConfig { environment: Environment::Kubernetes, ..ZoneConfig::new(zone("east")) };
        let node = ZoneNode::recover(config, Seed(self.starts), self.time(), &self.disk, &mut out).unwrap();
        self.node = Some(node);
        self.perform(out);
        self.hear(News::Defined(FOLLOWED.into_iter().map(|kind| CustomKind::named(kind).unwrap()).collect()));
    }

    fn time(&self) -> Now {
        Now { mono: Mono(self.now), wall: Wall(self.now) }
    }

    fn step(&mut self, step: Step<ZoneInput>) {
        let now = self.time();
        let mut out = Out::new();
        if let Some(node) = &mut self.node {
            node.handle(now, step, &mut out);
            self.perform(out);
        }
    }

    fn perform(&mut self, mut out: Out<ZoneEffect>) {
        for emit in out.take() {
            match emit {
                Emit::Store(_) if self.fuse == 0 => {
                    self.node = None;
                    return;
                }
                Emit::Store(batch) => {
                    self.fuse -= 1;
                    batch.apply_to(&mut self.disk);
                    self.step(Step::Stored { upto: batch.lsn });
                }
                Emit::Effect(ZoneEffect::Kubernetes(ask)) => {
                    self.asks += 1;
                    self.asked.push(ask);
                }
                Emit::Effect(ZoneEffect::Done { outcome, .. }) => self.answers.push(outcome),
                Emit::Effect(ZoneEffect::Dial { .. }) => self.dials += 1,
                Emit::Effect(ZoneEffect::Response(_, response)) => self.said.push(response.body),
                Emit::Observed(ObservationChange::Vip { service, vip: Some(VipState::Given(address)) }) => {
                    _ = self.published.insert((service, address));
                }
                _ => {}
            }
            if self.node.is_none() {
                return;
            }
        }
    }

    pub(crate) fn input(&mut self, input: ZoneInput) {
        self.step(Step::Input(input));
    }

    pub(crate) fn hear(&mut self, news: News) {
        self.input(ZoneInput::Kubernetes(news));
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, ms: u64) {
        let until = self.now + ms;
        while let Some((at, _)) = self.node.as_ref().and_then(|node| node.deadline()).filter(|(at, _)| at.0 <= until) {
            self.now = self.now.max(at.0);
            self.step(Step::Tick);
        }
        self.now = until;
    }

    /// It has called global since this was asked last.
    pub(crate) fn has_dialed(&mut self) -> bool {
        std::mem::take(&mut self.dials) > 0
    }

    /// Global is there, and says all that it has.
    pub(crate) fn connect(&mut self) {
        self.sessions += 1;
        let session = Session(self.sessions);
        self.input(ZoneInput::Dialed(Ok((session, Dialect::Kuma))));
        self.tell_all("Mesh");
        self.tell_all("MeshTimeout");
        self.tell_all("MeshMultiZoneService");
    }

    fn tell_all(&mut self, kind: &str) {
        let of_kind = self.global.iter().filter(|one| one.kind().as_str() == kind).cloned().map(from_global).collect();
        self.now += 1;
        let response = kuma_response(kind, &format!("{kind}-{}", self.now), of_kind, Vec::new());
        self.input(ZoneInput::Response(Session(self.sessions), response));
    }

    /// A user writes on global.
    pub(crate) fn put(&mut self, resource: Resource) {
        self.global.retain(|held| held.key != resource.key);
        self.global.push(resource.clone());
        self.now += 1;
        let kind = resource.kind().clone();
        let response = kuma_response(kind.as_str(), &format!("put-{}", self.now), vec![from_global(resource)], Vec::new());
        self.input(ZoneInput::Response(Session(self.sessions), response));
    }

    pub(crate) fn delete(&mut self, key: &Key) {
        self.global.retain(|held| held.key != *key);
        self.now += 1;
        let response = kuma_response(key.kind.as_str(), &format!("gone-{}", self.now), Vec::new(), vec![key.clone()]);
        self.input(ZoneInput::Response(Session(self.sessions), response));
    }

    pub(crate) fn edit(&mut self, change: Change) -> Option<EditOutcome> {
        self.answers.clear();
        self.input(ZoneInput::Edit { ticket: Ticket(self.now), changes: vec![change] });
        self.answers.pop()
    }

    /// The API lists a kind.
    pub(crate) fn list(&mut self, kind: ObjectKind) {
        self.told.insert(kind, self.api.version);
        let news = self.api.list(kind);
        self.hear(news);
    }

    pub(crate) fn list_all(&mut self) {
        followed().for_each(|kind| self.list(kind));
    }

    /// The API tells what happened to a kind since it was listed, at most so much.
    pub(crate) fn watch(&mut self, kind: ObjectKind, most: usize) {
        let Some(told) = self.told.get(&kind).copied() else { return };
        let (changes, upto) = self.api.since(kind, told, most);
        self.told.insert(kind, upto);
        if !changes.is_empty() {
            self.hear(News::Changed(changes));
        }
    }

    /// The API does the nth thing that was asked, and says so, or not.
    pub(crate) fn answer(&mut self, nth: usize, how: impl FnOnce(Result<Option<Seen>, NotDone>) -> Result<Option<Seen>, NotDone>) {
        if self.asked.is_empty() {
            return;
        }
        let ask = self.asked.remove(nth % self.asked.len());
        let outcome = how(self.api.take(&ask));
        self.input(ZoneInput::KubernetesAnswered(Answered { number: ask.number, outcome }));
    }

    /// The API says something of the nth thing that was asked, which it does not do.
    pub(crate) fn refuse(&mut self, nth: usize, why: NotDone) {
        if !self.asked.is_empty() {
            let ask = self.asked.remove(nth % self.asked.len());
            self.input(ZoneInput::KubernetesAnswered(Answered { number: ask.number, outcome: Err(why) }));
        }
    }

    /// The API does all it is asked, and tells all that happens, until nothing happens any more.
    pub(crate) fn settle(&mut self) {
        // Where an object is in the way, it is asked for again and again.
        let mut quiet = 0;
        for _ in 0..1000 {
            let writes = self.api.writes;
            while !self.asked.is_empty() {
                self.answer(0, |outcome| outcome);
            }
            followed().for_each(|kind| self.watch(kind, usize::MAX));
            // Whatever waits, waits no longer than this.
            self.run_for(400_000);
            quiet = if self.api.writes == writes { quiet + 1 } else { 0 };
            if quiet > 10 {
                return;
            }
        }
        panic!("it does not come to rest: {:?}", self.asked);
    }

    pub(crate) fn view(&self) -> &strait_core::node::View {
        self.node.as_ref().unwrap().view()
    }

    pub(crate) fn vips(&self) -> BTreeMap<ServiceId, VipState> {
        self.view().vips.clone()
    }

    /// What is held of a kind, by display names.
    pub(crate) fn names(&self, kind: &str) -> Vec<String> {
        let held = self.view().resources.values().filter(|held| held.kind().as_str() == kind);
        held.map(|held| held.display_name().to_owned()).collect()
    }

    /// The reasons for which something is wrong with an object.
    pub(crate) fn problems(&self, id: &ObjectId) -> Vec<String> {
        let cluster = self.node.as_ref().unwrap().observe().cluster.clone().unwrap_or_default();
        cluster.problems.get(id).into_iter().flatten().map(ToString::to_string).collect()
    }

    /// The API does nothing more than what it is asked, and tells all.
    pub(crate) fn work(&mut self) {
        followed().for_each(|kind| self.watch(kind, usize::MAX));
        while !self.asked.is_empty() {
            self.answer(0, |outcome| outcome);
            followed().for_each(|kind| self.watch(kind, usize::MAX));
        }
    }

    /// Everything in the API is as it is to be, by what the zone holds.
    pub(crate) fn check(&self) {
        for kind in FOLLOWED {
            let mut copies = self.api.copies(custom(kind));
            for held in self.view().resources.values().filter(|held| held.kind().as_str() == kind) {
                if held.labels.get("kuma.io/managed-by").is_some_and(|by| by == "k8s-object") {
                    continue;
                }
                let is_its = |(_, value): &&(&ObjectId, &Value)| {
                    let labels = &value["metadata"]["labels"];
                    Some(&value["spec"]) == held.spec.value() && held.labels.iter().all(|(label, said)| labels[label] == *said)
                };
                let found = copies.iter().position(|copy| is_its(&copy)).unwrap_or_else(|| panic!("no copy of {}: {copies:?}", held.key));
                copies.remove(found);
            }
            assert!(copies.is_empty(), "copies of nothing: {copies:?}");
        }
        let mut addresses = BTreeMap::new();
        for (service, vip) in self.vips() {
            let VipState::Given(address) = vip else { continue };
            assert_eq!(addresses.insert(address, service.clone()), None, "{address} is given twice");
            if !address.to_string().starts_with("24") {
                continue;
            }
            let id = crate::api::id(ObjectKind::ConfigMap, "kuma-system", &format!("strait-vip-{}", address.to_string().replace('.', "-")));
            let object = self.api.objects.get(&id).unwrap_or_else(|| panic!("{address} of {service} has no object"));
            let said: ServiceId = serde_json::from_str(object["data"]["service"].as_str().unwrap()).unwrap();
            // Who takes the place of an object that is ours, and does not say that it is, is left.
            assert!(said == service || object["metadata"]["labels"].get("app.kubernetes.io/managed-by").is_none(), "{said}: {service}");
        }
    }
}
