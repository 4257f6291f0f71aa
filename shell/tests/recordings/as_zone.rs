//! The recorded global speaks to our zones.
use super::{
    cast::{self, Pipe, Running},
    difference::{Difference, What, between},
    meaning,
    stage::{Call, Global},
    tape::{Event, Recording, Stream},
    wire::{Rpc, Side, Wire},
    writing::Written,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::Duration,
};
use strait_core::{
    Emit,
    node::{Change, Ticket, ZoneEffect, ZoneInput},
    sync::Dialect,
};
use tokio::{io::DuplexStream, sync::mpsc, time::timeout};
use tonic::{Code, Status};

/// A zone dials again within the longest wait of a Kuma zone.
const DIALS_WITHIN: Duration = Duration::from_secs(70);

/// How it went.
pub(crate) struct Played {
    pub(crate) found: Vec<Difference>,
    pub(crate) zones: BTreeMap<String, Zone>,
}

/// A zone of ours.
pub(crate) struct Zone {
    pub(crate) node: Running<ZoneInput, ZoneEffect>,
    dials: mpsc::UnboundedReceiver<io::Result<DuplexStream>>,
    connection: Option<Connection>,
    connections: usize,
    written: Written,
    tickets: u64,
}

struct Connection {
    global: Global,
    streams: BTreeMap<u32, (Rpc, Call)>,
    /// Our nonces by those of the recorded zone.
    nonces: BTreeMap<(u32, String), String>,
    /// Of which kinds the recorded zone has told something.
    begun: BTreeSet<String>,
}

/// Plays a recording to our zones.
pub(crate) async fn play(recording: &Recording) -> Played {
    let mut played = Played { found: Vec::new(), zones: BTreeMap::new() };
    for (at, event) in recording.events.iter().enumerate() {
        match event {
            Event::Note(_) => {}
            Event::Opened(stream, headers) => {
                let seed = played.zones.len() as u64 + 1;
                let zone = played.zones.entry(stream.zone.clone()).or_insert_with(|| Zone::born(&stream.zone, seed));
                if zone.connection.is_none() {
                    zone.connect(recording, at, &stream.zone).await;
                }
                zone.opens(stream, headers, &mut played.found).await;
            }
            Event::Said(stream, Side::Zone, wire) => {
                played.zones.get_mut(&stream.zone).unwrap().said(stream, wire, &mut played.found).await
            }
            Event::Said(stream, Side::Global, wire) => played.zones.get_mut(&stream.zone).unwrap().is_told(stream, wire),
            Event::Ended(stream, _) if stream.rpc == Rpc::HealthCheck => {}
            Event::Ended(stream, code) => {
                played.zones.get_mut(&stream.zone).unwrap().is_cut_off(&stream.zone, code, &mut played.found).await;
            }
        }
    }
    played
}

impl Zone {
    fn born(name: &str, seed: u64) -> Self {
        let (dialled, dials) = mpsc::unbounded_channel();
        let node = cast::zone(name, seed, Dialect::Strait, &Pipe(dialled));
        Self { node, dials, connection: None, connections: 0, written: Written::default(), tickets: 0 }
    }

    /// Ours is made to hold what the recorded one does, and finds the recorded global when it dials.
    async fn connect(&mut self, recording: &Recording, at: usize, name: &str) {
        let mut changes = Vec::new();
        for (kind, response) in recording.told_first(at, name, Rpc::ZoneToGlobalSync) {
            let told: BTreeMap<String, meaning::Told> =
                response.resources.iter().map(|resource| (resource.name.clone(), meaning::told(resource))).collect();
            let gone: Vec<String> = self.written.names_of(kind).into_iter().filter(|name| !told.contains_key(name)).collect();
            changes.extend(gone.iter().filter_map(|name| self.written.delete(kind, name)));
            changes.extend(told.iter().filter_map(|(name, told)| self.written.put(kind, name, told)));
        }
        self.edit(changes).await;
        let dialled = timeout(DIALS_WITHIN, self.dials.recv()).await.expect("it dials").unwrap().unwrap();
        self.connections += 1;
        let connection =
            Connection { global: Global::on(dialled), streams: BTreeMap::new(), nonces: BTreeMap::new(), begun: BTreeSet::new() };
        self.connection = Some(connection);
    }

    /// Ours is to open the same, with the same headers.
    async fn opens(&mut self, stream: &Stream, headers: &[(String, String)], found: &mut Vec<Difference>) {
        let connection = self.connection.as_mut().unwrap();
        let Some(call) = connection.global.call(stream.rpc).await else {
            let what = part("call", None, Some("opened"), None);
            return found.push(difference(stream, self.connections, "", what));
        };
        // What Kuma's zones compress, ours do.
        let kumas = headers.iter().cloned().chain([("grpc-encoding".to_owned(), "gzip".to_owned())]);
        // Which versions they are is not compared.
        let compared = |(name, value): (String, String)| match name.as_str() {
            "user-agent" => None,
            "version" => Some((name, "any".to_owned())),
            _ => Some((name, value)),
        };
        let kumas: BTreeSet<(String, String)> = kumas.filter_map(compared).collect();
        let names: BTreeSet<&str> = kumas.iter().map(|(name, _)| name.as_str()).collect();
        let ours = call.headers.iter().filter(|(name, _)| names.contains(name.as_str()) || name.starts_with("strait"));
        let ours: BTreeSet<(String, String)> = ours.cloned().filter_map(compared).collect();
        for (name, value) in kumas.symmetric_difference(&ours) {
            let (kuma, our) =
                if kumas.contains(&(name.clone(), value.clone())) { (Some(value.as_str()), None) } else { (None, Some(value.as_str())) };
            found.push(difference(stream, self.connections, "", part("header", Some(name), kuma, our)));
        }
        connection.streams.insert(stream.number, (stream.rpc, call));
    }

    /// Ours is to say the same.
    async fn said(&mut self, stream: &Stream, wire: &Wire, found: &mut Vec<Difference>) {
        if let (Rpc::ZoneToGlobalSync, Wire::Response(response)) = (stream.rpc, wire)
            && !self.connection.as_mut().unwrap().begun.insert(response.type_url.clone())
        {
            let kind = &response.type_url;
            let gone: Vec<Change> = response.removed_resources.iter().filter_map(|name| self.written.delete(kind, name)).collect();
            let put = response.resources.iter().map(|resource| (resource.name.clone(), meaning::told(resource)));
            let put: Vec<Change> = put.filter_map(|(name, told)| self.written.put(kind, &name, &told)).collect();
            self.edit(gone.into_iter().chain(put).collect()).await;
        }
        let connection = self.connection.as_mut().unwrap();
        let ours = match connection.streams.get_mut(&stream.number) {
            Some((_, call)) => call.ear.next(wire.topic()).await,
            None => None,
        };
        if let (Wire::Response(kumas), Some(Wire::Response(ours))) = (wire, &ours) {
            connection.nonces.insert((stream.number, kumas.nonce.clone()), ours.nonce.clone());
        }
        let ours = ours.as_ref().map(meaning::of);
        let what = between(Some(&meaning::of(wire)), ours.as_ref());
        found.extend(what.into_iter().map(|what| difference(stream, self.connections, wire.topic(), what)));
    }

    fn is_told(&mut self, stream: &Stream, wire: &Wire) {
        let connection = self.connection.as_ref().unwrap();
        let Some((_, call)) = connection.streams.get(&stream.number) else {
            return;
        };
        match wire {
            // It was answered when it came.
            Wire::HealthAnswer(_) => {}
            Wire::Request(request) if !request.response_nonce.is_empty() => {
                // What ours did not say cannot be answered.
                if let Some(nonce) = connection.nonces.get(&(stream.number, request.response_nonce.clone())) {
                    let mut request = request.clone();
                    request.response_nonce.clone_from(nonce);
                    call.say(&Wire::Request(request));
                }
            }
            wire => call.say(wire),
        }
    }

    /// The recorder, or what it stood for, cut the connection.
    async fn is_cut_off(&mut self, zone: &str, code: &str, found: &mut Vec<Difference>) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        for (number, (rpc, call)) in &mut connection.streams {
            let stream = Stream { zone: zone.to_owned(), number: *number, rpc: *rpc };
            for wire in call.ear.rest().await {
                let what = between(None, Some(&meaning::of(&wire)));
                found.extend(what.into_iter().map(|what| difference(&stream, self.connections, wire.topic(), what)));
            }
            let ended = &call.ear.ended;
            assert!(*rpc == Rpc::HealthCheck || ended.is_none(), "our zone ended {rpc}: {ended:?}");
        }
        let code = if code == "CANCELLED" { Code::Cancelled } else { Code::Unavailable };
        for (_, call) in connection.streams.values() {
            call.end(Status::new(code, "as it was recorded"));
        }
    }

    async fn edit(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.node.mailbox.send(ZoneInput::Edit { ticket, changes }).await.unwrap();
        let outcome = || {
            let steps = self.node.steps.lock().unwrap();
            let mut emits = steps.iter().flat_map(|(_, emits)| emits);
            emits.find_map(|emit| match emit {
                Emit::Effect(ZoneEffect::Done { ticket: of, outcome }) if *of == ticket => Some(outcome.clone()),
                _ => None,
            })
        };
        cast::until("the edit is answered", || outcome().is_some()).await;
        outcome().unwrap().expect("what a Kuma held can be written");
    }
}

fn difference(stream: &Stream, connection: usize, kind: &str, what: What) -> Difference {
    Difference { zone: stream.zone.clone(), connection, rpc: stream.rpc, kind: kind.to_owned(), what }
}

fn part(name: &str, part: Option<&str>, kuma: Option<&str>, ours: Option<&str>) -> What {
    let owned = |value: Option<&str>| value.map(str::to_owned);
    What::Part { name: name.to_owned(), part: part.unwrap_or_default().to_owned(), kuma: owned(kuma), ours: owned(ours) }
}
