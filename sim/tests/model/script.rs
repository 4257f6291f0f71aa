//! A world with a few words around it, so that tests read as scripts.
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    Emit, Seed, Step,
    node::*,
    resource::*,
    sync::Dialect::{self, Kuma},
    time::Mono,
};
use strait_scenarios::{
    event::{Event, NodeId, Stepped, What},
    meters::Meters,
    world::{Link, Setup},
};
use strait_sim::model::ModelWorld;

pub(crate) use strait_scenarios::world::World;

pub(crate) const GLOBAL: NodeId = NodeId::Global;

pub(crate) fn zone(name: &str) -> ZoneName {
    ZoneName::new(name).unwrap()
}

pub(crate) fn at(name: &str) -> NodeId {
    NodeId::Zone(zone(name))
}

pub(crate) struct Script {
    pub(crate) world: ModelWorld,
    pub(crate) events: Vec<Event>,
    ticket: u64,
}

pub(crate) fn setup(seed: u64, global: Dialect, zones: &[(&str, Dialect)]) -> Setup {
    let zones: BTreeMap<ZoneName, Dialect> = zones.iter().map(|(name, dialect)| (zone(name), *dialect)).collect();
    let link = Link { delay: Duration::from_millis(20), jitter: Duration::from_millis(10), ..Link::default() };
    Setup {
        seed: Seed(seed),
        global,
        links: zones.keys().map(|zone| (zone.clone(), link)).collect(),
        zones,
        joins: BTreeMap::new(),
        stores: BTreeMap::new(),
        limits: BTreeMap::new(),
        too_old: Default::default(),
        proxies: Default::default(),
        clusters: Default::default(),
        ingresses: Default::default(),
        moves: Default::default(),
        between: Default::default(),
        forwarders: Default::default(),
        lacks: Default::default(),
        sabotage: None,
    }
}

/// A Kuma global and the Kuma zone `east`, in a mesh with a timeout, converged.
pub(crate) fn kumas() -> Script {
    let mut script = Script::new(&setup(7, Kuma, &[("east", Kuma)]));
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("retry", 1));
    script.run_for(30);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script
}

impl Script {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self { world: ModelWorld::new(setup).unwrap(), events: Vec::new(), ticket: 0 }
    }

    /// What it cost so far.
    pub(crate) fn meters(&self) -> Meters {
        Meters::of(&self.events, &mut strait_sim::Scale::default())
    }

    pub(crate) fn run_until(&mut self, until: Mono) {
        loop {
            let events = self.world.advance(until);
            if events.is_empty() {
                return;
            }
            self.events.extend(events);
        }
    }

    pub(crate) fn run_for(&mut self, seconds: u64) {
        self.run_until(self.world.now().after(Duration::from_secs(seconds)));
    }

    pub(crate) fn run_for_ms(&mut self, ms: u64) {
        self.run_until(self.world.now().after(Duration::from_millis(ms)));
    }

    pub(crate) fn edit(&mut self, who: &NodeId, changes: Vec<Change>) -> Ticket {
        self.ticket += 1;
        self.world.edit(who, Ticket(self.ticket), changes);
        Ticket(self.ticket)
    }

    pub(crate) fn put(&mut self, who: &NodeId, resource: Resource) -> Ticket {
        self.edit(who, vec![Change::Put(resource)])
    }

    pub(crate) fn operate(&mut self, who: &NodeId, operation: Operation) {
        self.ticket += 1;
        self.world.operate(who, Ticket(self.ticket), operation);
    }

    /// Display names of a kind at a node.
    pub(crate) fn held(&self, who: &NodeId, kind: &str) -> Vec<String> {
        let view = self.world.observe(who).unwrap().view;
        view.resources.values().filter(|held| held.kind().as_str() == kind).map(|held| held.display_name().to_owned()).collect()
    }

    /// The session of a zone, as either end sees it.
    pub(crate) fn session(&self, who: &NodeId, zone: &str) -> Option<SessionStatus> {
        self.world.observe(who)?.peers.get(&self::zone(zone))?.session
    }

    /// When what was told to a zone after `since` first was this.
    pub(crate) fn told(&self, name: &str, since: Mono, is: impl Fn(&ZoneInput) -> bool) -> Option<Mono> {
        let told = |event: &&Event| match &event.what {
            What::Stepped(Stepped::Zone { step: Step::Input(input), .. }) => event.node == at(name) && event.at >= since && is(input),
            _ => false,
        };
        self.events.iter().find(told).map(|event| event.at)
    }

    /// When what was told to global after `since` first was this.
    pub(crate) fn told_global(&self, since: Mono, is: impl Fn(&GlobalInput) -> bool) -> Option<Mono> {
        let told = |event: &&Event| match &event.what {
            What::Stepped(Stepped::Global { step: Step::Input(input), .. }) => event.at >= since && is(input),
            _ => false,
        };
        self.events.iter().find(told).map(|event| event.at)
    }

    /// The answer to an edit on global.
    pub(crate) fn answer(&self, ticket: Ticket) -> Option<EditOutcome> {
        self.events.iter().find_map(|event| match &event.what {
            What::Stepped(Stepped::Global { emits, .. }) => emits.iter().find_map(|emit| match emit {
                Emit::Effect(GlobalEffect::Done { ticket: done, outcome }) if *done == ticket => Some(outcome.clone()),
                _ => None,
            }),
            _ => None,
        })
    }
}

fn resource(kind: &str, mesh: Option<&str>, name: &str, spec: serde_json::Value) -> Resource {
    let mesh = mesh.map(|mesh| MeshName::new(mesh).unwrap());
    let key = Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new(name).unwrap() };
    Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None }
}

pub(crate) fn mesh(name: &str) -> Resource {
    resource("Mesh", None, name, serde_json::json!({}))
}

pub(crate) fn timeout(name: &str, seconds: u32) -> Resource {
    let to = serde_json::json!({"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": format!("{seconds}s")}});
    resource("MeshTimeout", Some("default"), name, serde_json::json!({"targetRef": {"kind": "Mesh"}, "to": [to]}))
}

pub(crate) fn service(name: &str) -> Resource {
    let spec = serde_json::json!({"selector": {"dataplaneTags": {"app": name}}, "ports": [{"port": 80}], "state": "Available"});
    resource("MeshService", Some("default"), name, spec)
}
