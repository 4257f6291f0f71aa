//! A global, zones, and the pipes between them.
use hyper_util::rt::TokioIo;
use std::{
    io,
    sync::{Arc, Mutex},
};
use strait_core::{
    Emit, Recover, Seed, Step,
    node::*,
    resource::*,
    sync::Dialect,
    time::{Mono, Now, Wall},
};
use strait_proto::kds::sync_client::KdsSyncServiceClient;
use strait_shell::{
    drive::{Clock, Clocks as _, MAILBOX, Tap, drive},
    kds::*,
    store::{MemoryStore, Store},
};
use tokio::{io::DuplexStream, sync::mpsc};
use tonic::transport::{Channel, Endpoint};

#[derive(Clone)]
pub(crate) struct Pipe(pub(crate) mpsc::UnboundedSender<io::Result<DuplexStream>>);

impl Connect for Pipe {
    type Stream = DuplexStream;

    async fn connect(&self) -> io::Result<DuplexStream> {
        let (mine, theirs) = tokio::io::duplex(64 << 10);
        self.0.send(Ok(theirs)).map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        Ok(mine)
    }
}

pub(crate) type Steps<I, E> = Arc<Mutex<Vec<(Step<I>, Vec<Emit<E>>)>>>;

pub(crate) struct Log<I, E>(pub(crate) Steps<I, E>);

impl<I: Clone, E: Clone> Tap<I, E> for Log<I, E> {
    fn stepped(&mut self, _now: Now, step: &Step<I>, emits: &[Emit<E>]) {
        self.0.lock().unwrap().push((step.clone(), emits.to_vec()));
    }
}

/// A running node: what goes in, what it did, what may be known of it.
pub(crate) struct Running<I, E> {
    pub(crate) mailbox: mpsc::Sender<I>,
    pub(crate) steps: Steps<I, E>,
    start: Observation,
    provides: strait_core::sync::Lane,
}

impl<I, E> Running<I, E> {
    pub(crate) fn observe(&self) -> Observation {
        let mut observation = self.start.clone();
        for (_, emits) in self.steps.lock().unwrap().iter() {
            for emit in emits {
                if let Emit::Observed(change) = emit {
                    observation.apply(change, self.provides);
                }
            }
        }
        observation
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.observe().view.resources.values().any(|resource| resource.display_name() == name)
    }

    pub(crate) fn inputs(&self) -> Vec<I>
    where
        I: Clone,
    {
        let input = |(step, _): &(Step<I>, _)| if let Step::Input(input) = step { Some(input.clone()) } else { None };
        self.steps.lock().unwrap().iter().filter_map(input).collect()
    }
}

pub(crate) fn clock() -> Clock {
    Clock::showing(Now { mono: Mono(0), wall: Wall(1_767_225_600_000) })
}

pub(crate) fn global(dialect: Dialect) -> (Running<GlobalInput, GlobalEffect>, Pipe) {
    let (mailbox, mut inputs) = mpsc::channel(MAILBOX);
    let server = Server::new(ServerConfig { dialect, ..ServerConfig::new("global-test") }, mailbox.clone(), Arc::new(Everyone));
    let mut performer = server.performer(Box::new(|_| {}));
    let (dialled, incoming) = mpsc::unbounded_channel();
    tokio::spawn(server.serve(tokio_stream::wrappers::UnboundedReceiverStream::new(incoming)));
    let mut store = MemoryStore::new();
    let clock = clock();
    let mut out = strait_core::Out::new();
    let durable = store.load().unwrap();
    let mut node = GlobalNode::recover(GlobalConfig::new(), Seed(1), clock.now(), &durable, &mut out).unwrap();
    let steps = Steps::default();
    let start = strait_core::Node::observe(&node).clone();
    let mut log = Log(Arc::clone(&steps));
    tokio::spawn(async move { drive(&mut node, out.take(), &mut store, &mut inputs, clock, &mut performer, &mut log).await });
    (Running { mailbox, steps, start, provides: strait_core::sync::Lane::Down }, Pipe(dialled))
}

pub(crate) fn zone(name: &str, seed: u64, dialect: Dialect, pipe: &Pipe) -> Running<ZoneInput, ZoneEffect> {
    let (mailbox, mut inputs) = mpsc::channel(MAILBOX);
    let name = ZoneName::new(name).unwrap();
    let config = ClientConfig { dialect, ..ClientConfig::new(name.clone(), http::Uri::from_static("http://global:5685")) };
    let client = Client::new(config, pipe.clone(), mailbox.clone());
    let mut performer = client.performer(Box::new(|_| {}));
    let mut store = MemoryStore::new();
    let clock = clock();
    let mut out = strait_core::Out::new();
    let durable = store.load().unwrap();
    let mut node = ZoneNode::recover(ZoneConfig::new(name), Seed(seed), clock.now(), &durable, &mut out).unwrap();
    let steps = Steps::default();
    let start = strait_core::Node::observe(&node).clone();
    let mut log = Log(Arc::clone(&steps));
    tokio::spawn(async move { drive(&mut node, out.take(), &mut store, &mut inputs, clock, &mut performer, &mut log).await });
    Running { mailbox, steps, start, provides: strait_core::sync::Lane::Up }
}

/// A client that says what it likes.
pub(crate) async fn stranger(pipe: Pipe) -> KdsSyncServiceClient<Channel> {
    KdsSyncServiceClient::new(channel(&pipe).await)
}

/// A connection to global.
pub(crate) async fn channel(pipe: &Pipe) -> Channel {
    let pipe = pipe.clone();
    let connector = tower::service_fn(move |_: http::Uri| {
        let pipe = pipe.clone();
        async move { pipe.connect().await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://global:5685").connect_with_connector(connector).await.unwrap()
}

/// A call in the name of zone `east`.
pub(crate) fn signed<T>(messages: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(messages);
    request.metadata_mut().insert("client-id", "east".parse().unwrap());
    request
}

/// Waits until something holds, for ten simulated minutes at most.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..60_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

fn resource(kind: &str, mesh: Option<&str>, name: &str, spec: serde_json::Value) -> Change {
    let mesh = mesh.map(|mesh| MeshName::new(mesh).unwrap());
    let key = Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new(name).unwrap() };
    Change::Put(Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None })
}

pub(crate) fn mesh() -> Change {
    resource("Mesh", None, "default", serde_json::json!({}))
}

pub(crate) fn timeout(name: &str) -> Change {
    let to = serde_json::json!({"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": "5s"}});
    resource("MeshTimeout", Some("default"), name, serde_json::json!({"targetRef": {"kind": "Mesh"}, "to": [to]}))
}

pub(crate) fn service(name: &str) -> Change {
    resource("MeshService", Some("default"), name, serde_json::json!({"selector": {}, "ports": [{"port": 80}]}))
}
