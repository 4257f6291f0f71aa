//! One node alone, whose other end is the test. Its store answers at once.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used)]
use std::sync::Arc;
use strait_core::{
    Durable, Emit, Node, Out, Recover, Seed, Step,
    node::ObservationChange,
    resource::*,
    sync::*,
    time::{Mono, Now, Wall},
};

pub struct Alone<N: Node> {
    pub node: N,
    pub now: u64,
    /// By so much the time of day is ahead of that.
    pub ahead: u64,
    pub disk: Durable,
    /// What it has let know since its start.
    pub observed: Vec<ObservationChange>,
}

impl<N: Recover> Alone<N>
where
    N::Effect: Clone,
{
    pub fn start(config: N::Config, seed: u64, disk: Durable) -> (Self, Vec<N::Effect>) {
        let mut out = Out::new();
        let now = Now { mono: Mono(0), wall: Wall(0) };
        let node = N::recover(config, Seed(seed), now, &disk, &mut out).unwrap();
        let mut alone = Self { node, now: 0, ahead: 0, disk, observed: Vec::new() };
        let effects = alone.perform(out);
        (alone, effects)
    }

    pub fn step(&mut self, step: Step<N::Input>) -> Vec<N::Effect> {
        let mut out = Out::new();
        self.node.handle(Now { mono: Mono(self.now), wall: Wall(self.now + self.ahead) }, step, &mut out);
        self.perform(out)
    }

    pub fn input(&mut self, input: N::Input) -> Vec<N::Effect> {
        self.step(Step::Input(input))
    }

    /// Lets time pass, waking the node when it asks for it.
    pub fn run_for(&mut self, ms: u64) -> Vec<N::Effect> {
        let until = self.now + ms;
        let mut effects = Vec::new();
        while let Some((at, _)) = self.node.deadline().filter(|(at, _)| at.0 <= until) {
            self.now = self.now.max(at.0);
            effects.extend(self.step(Step::Tick));
        }
        self.now = until;
        effects
    }

    /// What the node calls its nth response of a session: otherwise in each session of each start.
    pub fn nonce(&self, session: u64, nth: u64) -> Nonce {
        let epoch = self.node.observe().head.unwrap().epoch.0;
        Nonce(format!("{:x}.{nth}", (epoch ^ session.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 40))
    }

    /// The same request, about the nth response of that session if it names one by a number.
    pub fn about_the_nth(&self, Session(session): Session, mut request: Request) -> Request {
        if let RequestBody::Ack { nonce, .. } | RequestBody::Nack { nonce, .. } = &mut request.body
            && let Ok(nth) = nonce.0.parse()
        {
            *nonce = self.nonce(session, nth);
        }
        request
    }

    fn perform(&mut self, mut out: Out<N::Effect>) -> Vec<N::Effect> {
        let mut effects = Vec::new();
        for emit in out.take() {
            match emit {
                Emit::Store(batch) => {
                    batch.apply_to(&mut self.disk);
                    effects.extend(self.step(Step::Stored { upto: batch.lsn }));
                }
                Emit::Effect(effect) => effects.push(effect),
                Emit::Observed(change) => self.observed.push(change),
            }
        }
        effects
    }
}

pub fn zone(name: &str) -> ZoneName {
    ZoneName::new(name).unwrap()
}

pub fn kind(name: &str) -> Kind {
    Kind::new(name).unwrap()
}

pub fn resource(kind_name: &str, mesh: Option<&str>, name: &str, spec: serde_json::Value) -> Resource {
    Resource {
        key: Key { kind: kind(kind_name), mesh: mesh.map(|mesh| MeshName::new(mesh).unwrap()), name: ResourceName::new(name).unwrap() },
        labels: Labels::new(),
        spec: Spec::new(spec),
        status: None,
    }
}

pub fn mesh(name: &str) -> Resource {
    resource("Mesh", None, name, serde_json::json!({}))
}

pub fn retry(name: &str, attempts: u32) -> Resource {
    resource(
        "MeshRetry",
        Some("default"),
        name,
        serde_json::json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"numRetries": attempts}}}]}),
    )
}

/// A resource as global sends it.
pub fn from_global(mut resource: Resource) -> Arc<Resource> {
    resource.labels.insert("kuma.io/origin".to_owned(), "global".to_owned());
    Arc::new(resource)
}

pub fn hello(name: &str, lineage: Option<Lineage>) -> Hello {
    let features = ["zone-token", "hash-suffix", "hg-mz-selector", "producer-policy-flow", "optional-top-level-target-ref"];
    Hello { zone: zone(name), lineage, features: features.map(str::to_owned).into() }
}

pub fn kuma_response(kind_name: &str, nonce: &str, put: Vec<Arc<Resource>>, gone: Vec<WireKey>) -> Response {
    let body = ResponseBody::Resources { kind: kind(kind_name), nonce: Nonce(nonce.to_owned()), put, gone, transfer: None };
    Response { lane: Lane::Down, body }
}
