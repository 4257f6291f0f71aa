//! A world with a few words around it, so that tests read as scripts.
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    Seed, Step,
    node::*,
    resource::*,
    sync::Dialect::{self, Strait},
    time::Mono,
};
use strait_scenarios::{
    event::{Event, NodeId, Stepped, What},
    meters::Meters,
    workload::{Ask, PORT, ProxyId, Spoken, Workload},
    world::{Link, Setup, WorldKind},
};

pub(crate) use strait_scenarios::world::{CutHow, Disk, World};

pub(crate) const GLOBAL: NodeId = NodeId::Global;

pub(crate) fn zone(name: &str) -> ZoneName {
    ZoneName::new(name).unwrap()
}

pub(crate) fn at(name: &str) -> NodeId {
    NodeId::Zone(zone(name))
}

pub(crate) struct Script {
    pub(crate) world: Box<dyn World>,
    pub(crate) events: Vec<Event>,
    ticket: u64,
}

pub(crate) fn setup(seed: u64, global: Dialect, zones: &[(&str, Dialect)]) -> Setup {
    let zones: BTreeMap<ZoneName, Dialect> = zones.iter().map(|(name, dialect)| (zone(name), *dialect)).collect();
    let link = Link { delay: Duration::from_millis(20), ..Link::default() };
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

/// A Strait global and the Strait zone `east`, in a mesh with a timeout, converged.
pub(crate) fn straits() -> Script {
    let mut script = Script::new(&setup(7, Strait, &[("east", Strait)]));
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("retry", 1));
    script.run_for(5);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script
}

impl Script {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self::in_world(WorldKind::Turmoil, setup)
    }

    pub(crate) fn in_world(kind: WorldKind, setup: &Setup) -> Self {
        Self { world: strait_sim::world(kind, setup).unwrap(), events: Vec::new(), ticket: 0 }
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

    pub(crate) fn run_for_ms(&mut self, ms: u64) {
        self.run_until(self.world.now().after(Duration::from_millis(ms)));
    }

    pub(crate) fn run_for(&mut self, seconds: u64) {
        self.run_for_ms(seconds * 1000);
    }

    pub(crate) fn put(&mut self, who: &NodeId, resource: Resource) -> Ticket {
        self.ticket += 1;
        self.world.edit(who, Ticket(self.ticket), vec![Change::Put(resource)]);
        Ticket(self.ticket)
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

    /// When what a zone did after `since` first was this.
    pub(crate) fn did(&self, name: &str, since: Mono, is: impl Fn(&ZoneEffect) -> bool) -> Option<Mono> {
        let did = |event: &&Event| match &event.what {
            What::Stepped(Stepped::Zone { emits, .. }) => {
                let is_it = |emit: &strait_core::Emit<ZoneEffect>| matches!(emit, strait_core::Emit::Effect(effect) if is(effect));
                event.node == at(name) && event.at >= since && emits.iter().any(is_it)
            }
            _ => false,
        };
        self.events.iter().find(did).map(|event| event.at)
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

pub(crate) fn secret(name: &str, base64: &str) -> Resource {
    resource("Secret", Some("default"), name, serde_json::json!({"data": base64}))
}

pub(crate) fn service(name: &str) -> Resource {
    let spec = serde_json::json!({"selector": {"dataplaneTags": {"app": name}}, "ports": [{"port": 80}], "state": "Available"});
    resource("MeshService", Some("default"), name, spec)
}

// ---- workloads -----------------------------------------------------------------------------------

pub(crate) fn proxy(name: &str) -> ProxyId {
    ProxyId { zone: zone("east"), name: ResourceName::new(name).unwrap() }
}

pub(crate) fn workload(service: &str) -> Workload {
    Workload {
        mesh: MeshName::new("default").unwrap(),
        service: service.to_owned(),
        port: PORT,
        protocol: Spoken::Http,
        gateway: None,
        pod: None,
    }
}

pub(crate) fn mesh_of_workloads() -> Resource {
    Resource { spec: Spec::new(serde_json::json!({"meshServices": {"mode": "Exclusive"}})), ..mesh("default") }
}

pub(crate) fn ask(from: &str, service: &str, takes_ms: u64) -> Ask {
    Ask {
        from: proxy(from),
        name: format!("{service}.svc.mesh.local"),
        port: PORT,
        path: "/".to_owned(),
        headers: Default::default(),
        speaks: Spoken::Http,
        connection: Default::default(),
        takes: Duration::from_millis(takes_ms),
        begins: Default::default(),
        wants: Default::default(),
    }
}
