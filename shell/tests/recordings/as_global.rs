//! The recorded zones speak to our global.
use super::{
    cast::{self, Pipe, Running},
    difference::{Difference, What, between},
    ear::{Ear, Mouth, listen, mouth},
    meaning::{self, Meaning},
    tape::{Event, Recording, Stream},
    wire::{Rpc, Side, Spoken, Wire},
    writing::Written,
};
use hyper_util::rt::TokioIo;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    Emit,
    node::{Change, GlobalEffect, GlobalInput, Operation, Ticket},
    resource::{Key, Kind, Labels, Resource, ResourceName, Spec, ZoneName, labels},
    sync::Dialect,
};
use strait_proto::kds::{ZoneHealthCheckRequest, global_client::GlobalKdsServiceClient, sync_client::KdsSyncServiceClient};
use strait_shell::kds::{Connect as _, LARGEST_MESSAGE};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{
    Request, Response, Status, Streaming,
    codec::CompressionEncoding::Gzip,
    metadata::{AsciiMetadataKey, MetadataMap},
    transport::{Channel, Endpoint},
};

/// How it went.
pub(crate) struct Played {
    pub(crate) found: Vec<Difference>,
    pub(crate) global: Running<GlobalInput, GlobalEffect>,
}

struct Stage {
    global: Running<GlobalInput, GlobalEffect>,
    pipe: Pipe,
    /// The recorded global is about to begin anew, with an empty store.
    is_lost: bool,
    written: Written,
    zones: BTreeSet<String>,
    admitted: BTreeSet<String>,
    connections: BTreeMap<String, Connection>,
    counts: BTreeMap<String, usize>,
    tickets: u64,
    found: Vec<Difference>,
}

struct Connection {
    number: usize,
    channel: Channel,
    streams: BTreeMap<u32, (Rpc, Mouth, Ear)>,
    /// Our nonces by those of the recorded global.
    nonces: BTreeMap<(u32, String), String>,
    /// Of which kinds the recorded global has told something.
    begun: BTreeSet<String>,
    /// Of which kinds it told first that there is nothing, and ours has told nothing yet.
    empty: BTreeSet<String>,
}

/// Plays a recording to our global.
pub(crate) async fn play(recording: &Recording) -> Played {
    let (global, pipe) = cast::global(Dialect::Strait);
    let mut stage = Stage {
        global,
        pipe,
        is_lost: false,
        written: Written::default(),
        zones: recording.zones().map(str::to_owned).collect(),
        admitted: BTreeSet::new(),
        connections: BTreeMap::new(),
        counts: BTreeMap::new(),
        tickets: 0,
        found: Vec::new(),
    };
    for (at, event) in recording.events.iter().enumerate() {
        match event {
            Event::Note(note) => stage.note(note).await,
            Event::Opened(stream, headers) => stage.opened(recording, at, stream, headers).await,
            Event::Said(stream, Side::Zone, wire) => stage.zone_says(stream, wire).await,
            Event::Said(stream, Side::Global, wire) => stage.global_said(stream, wire).await,
            Event::Ended(stream, _) if stream.rpc == Rpc::HealthCheck => {}
            Event::Ended(stream, _) => stage.ended(&stream.zone).await,
        }
    }
    Played { found: stage.found, global: stage.global }
}

impl Connection {
    fn new(number: usize, channel: Channel) -> Self {
        Self { number, channel, streams: BTreeMap::new(), nonces: BTreeMap::new(), begun: BTreeSet::new(), empty: BTreeSet::new() }
    }
}

impl Stage {
    /// What was done on the recorded control planes, where only what follows from it is on the wire.
    async fn note(&mut self, note: &str) {
        if note.contains("starts again with an empty store") {
            self.is_lost = true;
        }
        for (words, enabled) in [(" disabled on global", false), (" enabled on global", true)] {
            if let Some(zone) = note.strip_suffix(words) {
                let key = Key { kind: Kind::new("Zone").unwrap(), mesh: None, name: ResourceName::new(zone).unwrap() };
                let spec = Spec::new(serde_json::json!({"enabled": enabled}));
                self.edit(vec![Change::Put(Resource { key, labels: Labels::new(), spec, status: None })]).await;
            }
        }
    }

    async fn opened(&mut self, recording: &Recording, at: usize, stream: &Stream, headers: &[(String, String)]) {
        if !self.connections.contains_key(&stream.zone) {
            self.connect(recording, at, &stream.zone).await;
        }
        let connection = self.connections.get_mut(&stream.zone).unwrap();
        let (mut sync, mut rest) = clients(&connection.channel);
        let (say, ear) = match stream.rpc {
            Rpc::GlobalToZoneSync => open(headers, move |said| async move { sync.global_to_zone_sync(said).await }),
            Rpc::ZoneToGlobalSync => open(headers, move |said| async move { sync.zone_to_global_sync(said).await }),
            Rpc::StreamXDSConfigs => open(headers, move |said| async move { rest.stream_xds_configs(said).await }),
            Rpc::StreamStats => open(headers, move |said| async move { rest.stream_stats(said).await }),
            Rpc::StreamClusters => open(headers, move |said| async move { rest.stream_clusters(said).await }),
            Rpc::HealthCheck => {
                let (ear, heard) = Ear::new();
                let mut request = Request::new(ZoneHealthCheckRequest {});
                *request.metadata_mut() = metadata(headers);
                let call =
                    async move { heard.send(rest.health_check(request).await.map(|answer| Wire::HealthAnswer(answer.into_inner()))) };
                tokio::spawn(call);
                let say: Mouth = Box::new(|_| ());
                (say, ear)
            }
        };
        connection.streams.insert(stream.number, (stream.rpc, say, ear));
    }

    /// A zone connects; first, our global is made to hold what the recorded one does.
    async fn connect(&mut self, recording: &Recording, at: usize, zone: &str) {
        if std::mem::take(&mut self.is_lost) {
            (self.global, self.pipe) = cast::global(Dialect::Strait);
            self.written = Written::default();
            self.admitted.clear();
        }
        let mut changes = Vec::new();
        for (kind, response) in recording.told_first(at, zone, Rpc::GlobalToZoneSync) {
            let told: BTreeMap<String, meaning::Told> =
                response.resources.iter().map(|resource| (resource.name.clone(), meaning::told(resource))).collect();
            let gone: Vec<String> = self.written.names_of(kind).into_iter().filter(|name| !told.contains_key(name)).collect();
            changes.extend(gone.iter().filter_map(|name| self.written.delete(kind, name)));
            changes.extend(told.iter().filter_map(|(name, told)| self.write(kind, name, told)));
        }
        self.edit(changes).await;
        let channel = dial(&self.pipe).await;
        let count = self.counts.entry(zone.to_owned()).or_default();
        *count += 1;
        let connection = Connection::new(*count, channel);
        self.connections.insert(zone.to_owned(), connection);
    }

    /// The edit by which the recorded global came to hold this. None, if it has it from a zone that takes part.
    fn write(&mut self, kind: &str, name: &str, told: &meaning::Told) -> Option<Change> {
        if told.labels.get(labels::ZONE).is_some_and(|zone| self.zones.contains(zone)) {
            return None;
        }
        self.written.put(kind, name, told)
    }

    async fn zone_says(&mut self, stream: &Stream, wire: &Wire) {
        self.say(stream, wire);
        if stream.rpc == Rpc::GlobalToZoneSync {
            self.admit(stream).await;
        }
    }

    fn say(&mut self, stream: &Stream, wire: &Wire) {
        let connection = self.connections.get_mut(&stream.zone).unwrap();
        let (_, say, _) = &connection.streams[&stream.number];
        match wire {
            Wire::Request(request) if !request.response_nonce.is_empty() => {
                // What ours did not say cannot be answered.
                if let Some(nonce) = connection.nonces.get(&(stream.number, request.response_nonce.clone())) {
                    let mut request = request.clone();
                    request.response_nonce.clone_from(nonce);
                    say(&Wire::Request(request));
                }
            }
            wire => say(wire),
        }
    }

    /// Until an operator lets the zone in, it is told nothing.
    async fn admit(&mut self, stream: &Stream) {
        if !self.admitted.insert(stream.zone.clone()) {
            return;
        }
        let connection = self.connections.get_mut(&stream.zone).unwrap();
        let mut silent = true;
        for (rpc, _, ear) in connection.streams.values_mut() {
            silent &= !rpc.is_sync() || ear.is_silent().await;
        }
        if silent {
            self.found(stream, "", vec![What::SilentUntilAdmitted]);
        }
        let operation = Operation::Admit(ZoneName::new(&stream.zone).unwrap());
        self.tickets += 1;
        self.global.mailbox.send(GlobalInput::Operate { ticket: Ticket(self.tickets), operation }).await.unwrap();
    }

    /// Ours is to say the same.
    async fn global_said(&mut self, stream: &Stream, wire: &Wire) {
        if stream.rpc.is_sync() {
            self.admit(stream).await;
        }
        if let (Rpc::GlobalToZoneSync, Wire::Response(response)) = (stream.rpc, wire) {
            let connection = self.connections.get_mut(&stream.zone).unwrap();
            if !connection.begun.insert(response.type_url.clone()) {
                let kind = &response.type_url;
                let gone: Vec<Change> = response.removed_resources.iter().filter_map(|name| self.written.delete(kind, name)).collect();
                let put = response.resources.iter().map(|resource| (resource.name.clone(), meaning::told(resource)));
                let put: Vec<Change> = put.filter_map(|(name, told)| self.write(kind, &name, &told)).collect();
                self.edit(gone.into_iter().chain(put).collect()).await;
            }
        }
        let connection = self.connections.get_mut(&stream.zone).unwrap();
        let (_, _, ear) = connection.streams.get_mut(&stream.number).unwrap();
        let ours = ear.next(wire.topic()).await;
        if let (Wire::Response(kumas), Some(Wire::Response(ours))) = (wire, &ours) {
            connection.nonces.insert((stream.number, kumas.nonce.clone()), ours.nonce.clone());
        }
        if stream.rpc == Rpc::GlobalToZoneSync {
            if ours.is_none() && tells_nothing(wire) {
                connection.empty.insert(wire.topic().to_owned());
                return self.found(stream, wire.topic(), vec![What::Silent]);
            }
            connection.empty.remove(wire.topic());
        }
        let ours = ours.as_ref().map(meaning::of);
        self.found(stream, wire.topic(), between(Some(&meaning::of(wire)), ours.as_ref()));
    }

    /// The recorder, or what it stood for, cut the connection.
    async fn ended(&mut self, zone: &str) {
        let Some(mut connection) = self.connections.remove(zone) else {
            return;
        };
        for (number, (rpc, _, ear)) in &mut connection.streams {
            let stream = Stream { zone: zone.to_owned(), number: *number, rpc: *rpc };
            for wire in ear.rest().await {
                let is_late = tells_nothing(&wire) && connection.empty.remove(wire.topic());
                let what = if is_late { vec![What::Late] } else { between(None, Some(&meaning::of(&wire))) };
                self.found.extend(what.into_iter().map(|what| difference(&stream, connection.number, wire.topic(), what)));
            }
            assert!(ear.ended.is_none(), "our global ended {rpc}: {:?}", ear.ended);
        }
    }

    fn found(&mut self, stream: &Stream, kind: &str, what: Vec<What>) {
        let number = self.connections[&stream.zone].number;
        self.found.extend(what.into_iter().map(|what| difference(stream, number, kind, what)));
    }

    async fn edit(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.global.mailbox.send(GlobalInput::Edit { ticket, changes }).await.unwrap();
        let outcome = || {
            let steps = self.global.steps.lock().unwrap();
            let emits = steps.iter().flat_map(|(_, emits)| emits);
            emits.into_iter().find_map(|emit| match emit {
                Emit::Effect(GlobalEffect::Done { ticket: of, outcome }) if *of == ticket => Some(outcome.clone()),
                _ => None,
            })
        };
        cast::until("the edit is answered", || outcome().is_some()).await;
        outcome().unwrap().expect("what a Kuma held can be written");
    }
}

fn tells_nothing(wire: &Wire) -> bool {
    matches!(meaning::of(wire), Meaning::Tells { put, gone, .. } if put.is_empty() && gone.is_empty())
}

fn difference(stream: &Stream, connection: usize, kind: &str, what: What) -> Difference {
    Difference { zone: stream.zone.clone(), connection, rpc: stream.rpc, kind: kind.to_owned(), what }
}

pub(crate) async fn dial(pipe: &Pipe) -> Channel {
    let pipe = pipe.clone();
    let connector = tower::service_fn(move |_: http::Uri| {
        let pipe = pipe.clone();
        async move { pipe.connect().await.map(TokioIo::new) }
    });
    Endpoint::from_static("http://global:5685").connect_with_connector(connector).await.unwrap()
}

/// Clients that compress what they say and take what is compressed, as Kuma's do.
pub(crate) fn clients(channel: &Channel) -> (KdsSyncServiceClient<Channel>, GlobalKdsServiceClient<Channel>) {
    let sync = KdsSyncServiceClient::new(channel.clone()).accept_compressed(Gzip).send_compressed(Gzip);
    let rest = GlobalKdsServiceClient::new(channel.clone()).accept_compressed(Gzip).send_compressed(Gzip);
    (sync.max_decoding_message_size(LARGEST_MESSAGE), rest.max_decoding_message_size(LARGEST_MESSAGE))
}

/// Opens a stream, and listens.
pub(crate) fn open<S: Spoken, H: Spoken, F>(
    headers: &[(String, String)],
    call: impl FnOnce(Request<UnboundedReceiverStream<S>>) -> F + Send + 'static,
) -> (Mouth, Ear)
where
    F: Future<Output = Result<Response<Streaming<H>>, Status>> + Send,
{
    let (say, said) = mouth::<S>();
    let (ear, heard) = Ear::new();
    let mut request = Request::new(said);
    *request.metadata_mut() = metadata(headers);
    tokio::spawn(async move {
        match call(request).await {
            Ok(answer) if answer.metadata().get("grpc-encoding").is_some_and(|encoding| encoding == "gzip") => {
                listen(answer.into_inner(), heard).await;
            }
            Ok(answer) => drop(heard.send(Err(Status::internal(format!("it is not compressed: {:?}", answer.metadata()))))),
            Err(status) => drop(heard.send(Err(status))),
        }
    });
    (say, ear)
}

/// The recorded headers, but for what a client writes itself.
fn metadata(headers: &[(String, String)]) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| name != "user-agent") {
        metadata.append(name.parse::<AsciiMetadataKey>().unwrap(), value.parse().unwrap());
    }
    metadata
}
