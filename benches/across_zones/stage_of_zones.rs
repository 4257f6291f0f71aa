//! Zones in network namespaces, as scenarios have them.
use std::{path::Path, time::Duration};
use strait_core::{
    Seed,
    node::{Change, Ticket},
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName},
    time::Mono,
};
use strait_netns_testbed::{NetnsWorld, Programs};
use strait_scenarios::{
    event::{Event, NodeId, What},
    language,
    workload::{Answer, Ask, AtWorkload, Connection, PORT, ProxyId, Spoken, Wants},
    world::World as _,
};

/// Nothing here takes so long.
const WITHIN: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) world: NetnsWorld,
    ticket: u64,
    asked: u64,
}

impl Stage {
    /// Returns when the workloads reach what they ask for.
    pub(crate) fn new(envoy: &Path) -> Self {
        let scenario = language::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/across_zones/mesh.yaml")).unwrap();
        let strait: &Path = env!("CARGO_BIN_EXE_strait").as_ref();
        let programs = Programs { nodes: strait.to_owned(), testbed: strait.to_owned(), envoy: envoy.to_owned(), kubectl: None };
        let world = NetnsWorld::new(&scenario.setup(Seed(0x5eed), None), &programs, Box::new(strait_sim::Scale::default())).unwrap();
        let mut stage = Self { world, ticket: 0, asked: 0 };
        let mesh = resource("Mesh", None, "default", serde_json::json!({"meshServices": {"mode": "Exclusive"}}));
        stage.until("global is up", |world, _| world.observe(&NodeId::Global).is_some());
        let resources = scenario.resources.iter().map(|placed| placed.resource.clone());
        stage.put(&NodeId::Global, std::iter::once(mesh).chain(resources).collect());
        for zone in ["east", "west"] {
            stage.until_answered(&format!("api.svc.{zone}.mesh.local"));
        }
        stage
    }

    /// A user creates or replaces these.
    pub(crate) fn put(&mut self, at: &NodeId, resources: Vec<Resource>) {
        self.change(at, resources.into_iter().map(Change::Put).collect());
    }

    /// A user makes these edits at once.
    pub(crate) fn change(&mut self, at: &NodeId, changes: Vec<Change>) {
        self.ticket += 1;
        self.world.edit(at, Ticket(self.ticket), changes);
    }

    /// Asks for this name, and says by which number.
    pub(crate) fn ask(&mut self, name: &str) -> u64 {
        self.asked += 1;
        let ask = Ask {
            from: ProxyId { zone: ZoneName::new("field").unwrap(), name: ResourceName::new("web-1").unwrap() },
            name: name.to_owned(),
            port: PORT,
            path: "/".to_owned(),
            headers: Default::default(),
            speaks: Spoken::Http,
            connection: Connection::New,
            takes: Duration::ZERO,
            begins: Default::default(),
            wants: Wants::Answer,
        };
        self.world.ask(self.asked, &ask);
        self.asked
    }

    /// Lets time pass until something holds, which is asked of every event and once before. Returns when that was.
    pub(crate) fn until(&mut self, what: &str, mut holds: impl FnMut(&NetnsWorld, Option<&Event>) -> bool) -> Mono {
        let deadline = self.world.now().after(WITHIN);
        loop {
            if holds(&self.world, None) {
                return self.world.now();
            }
            assert!(self.world.now() < deadline, "it never came to be: {what}");
            let next = self.world.now().after(Duration::from_millis(100));
            for event in self.world.advance(next) {
                if holds(&self.world, Some(&event)) {
                    return event.at;
                }
            }
        }
    }

    /// Asks until somebody answers.
    pub(crate) fn until_answered(&mut self, name: &str) {
        let deadline = self.world.now().after(WITHIN);
        loop {
            let number = self.ask(name);
            let mut is_answered = false;
            self.until("what is asked comes to an end", |_, event| match event.and_then(answered) {
                Some((of, answer)) if of == number => {
                    is_answered = matches!(answer, Answer::By { .. });
                    true
                }
                _ => false,
            });
            if is_answered {
                return;
            }
            assert!(self.world.now() < deadline, "nobody answers for {name}");
        }
    }
}

/// How a question ended, if that is what happened.
pub(crate) fn answered(event: &Event) -> Option<(u64, &Answer)> {
    match &event.what {
        What::Workload(AtWorkload::Answered { number, answer }) => Some((*number, answer)),
        _ => None,
    }
}

pub(crate) fn zone(name: &str) -> NodeId {
    NodeId::Zone(ZoneName::new(name).unwrap())
}

pub(crate) fn resource(kind: &str, mesh: Option<&str>, name: &str, spec: serde_json::Value) -> Resource {
    let mesh = mesh.map(|mesh| MeshName::new(mesh).unwrap());
    let key = Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new(name).unwrap() };
    Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None }
}
