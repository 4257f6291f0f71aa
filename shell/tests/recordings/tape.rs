//! The recordings, as the relay between the two control planes wrote them.
use super::wire::{Rpc, Side, Wire};
use base64::{Engine, engine::general_purpose::STANDARD};
use prost_types::{Value, value::Kind as Of};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};
use strait_proto::kds::DeltaDiscoveryResponse;

/// A conversation, or several at a time, in the order in which the relay saw them.
pub(crate) struct Recording {
    pub(crate) events: Vec<Event>,
}

/// One line.
#[expect(clippy::large_enum_variant, reason = "there are a few hundred, most of them the largest")]
pub(crate) enum Event {
    /// What was done next.
    Note(String),
    /// A zone opened a stream.
    Opened(Stream, Vec<(String, String)>),
    /// A message.
    Said(Stream, Side, Wire),
    /// A stream ended, with this code.
    Ended(Stream, String),
}

/// A stream; its number is its zone's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) zone: String,
    pub(crate) number: u32,
    pub(crate) rpc: Rpc,
}

#[derive(Deserialize)]
struct Line {
    event: String,
    #[serde(default)]
    text: String,
    zone: Option<String>,
    stream: Option<u32>,
    rpc: Option<Rpc>,
    from: Option<Side>,
    #[serde(default)]
    bytes: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    code: String,
}

impl Recording {
    /// Reads a recording. Where there are none that is said, and `None` returned; in CI it is a failure.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let path = folder().join("kds").join(format!("{name}.jsonl"));
        if !path.exists() {
            let missing = format!("the recording {} is missing: STRAIT_GOLDEN says where they are", path.display());
            assert!(env::var_os("CI").is_none(), "{missing}");
            // Not `eprintln!`, which the harness would keep to itself.
            io::stderr().write_all(format!("SKIPPED: {missing}\n").as_bytes()).unwrap();
            return None;
        }
        let lines = fs::read_to_string(&path).unwrap();
        let mut events: Vec<Event> = lines.lines().map(|line| event(serde_json::from_str(line).unwrap())).collect();
        restore_configs(&mut events);
        Some(Self { events })
    }

    /// The zones that take part, each as often as it opened a stream.
    pub(crate) fn zones(&self) -> impl Iterator<Item = &str> {
        self.events.iter().filter_map(|event| if let Event::Opened(stream, _) = event { Some(stream.zone.as_str()) } else { None })
    }

    /// What a side said on a stream that was opened at `from` or later: the first of that method of that zone.
    fn on_next<'a>(&'a self, from: usize, zone: &str, rpc: Rpc, side: Side) -> impl Iterator<Item = &'a Wire> {
        let events = &self.events[from..];
        let next = events.iter().find_map(|event| match event {
            Event::Opened(stream, _) if stream.zone == zone && stream.rpc == rpc => Some(stream),
            _ => None,
        });
        events.iter().filter_map(move |event| match event {
            Event::Said(stream, by, wire) if Some(stream) == next && *by == side => Some(wire),
            _ => None,
        })
    }

    /// The first responses of each kind on the stream that a zone opens next: what the provider held.
    pub(crate) fn told_first(&self, from: usize, zone: &str, rpc: Rpc) -> BTreeMap<&str, &DeltaDiscoveryResponse> {
        let mut first = BTreeMap::new();
        for wire in self.on_next(from, zone, rpc, rpc.provider()) {
            if let Wire::Response(response) = wire {
                first.entry(response.type_url.as_str()).or_insert(response);
            }
        }
        first
    }
}

/// Beside the repository, or where the environment says.
fn folder() -> PathBuf {
    env::var_os("STRAIT_GOLDEN").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden"), PathBuf::from)
}

fn event(line: Line) -> Event {
    if line.event == "note" {
        return Event::Note(line.text);
    }
    let stream = Stream { zone: line.zone.unwrap(), number: line.stream.unwrap(), rpc: line.rpc.unwrap() };
    match line.event.as_str() {
        "open" => Event::Opened(stream, line.headers),
        "end" => Event::Ended(stream, line.code),
        "message" => {
            let (side, bytes) = (line.from.unwrap(), STANDARD.decode(line.bytes).unwrap());
            let wire = Wire::decode(stream.rpc, side, &bytes);
            Event::Said(stream, side, wire)
        }
        other => panic!("an event of an unknown sort: {other}"),
    }
}

/// The recorder kept the configuration of a control plane in the first request of a stream only; Kuma says it in each first of a kind.
fn restore_configs(events: &mut [Event]) {
    let mut said: BTreeMap<(String, u32), Value> = BTreeMap::new();
    for event in events {
        let Event::Said(stream, _, Wire::Request(request)) = event else {
            continue;
        };
        let metadata = request.node.as_mut().and_then(|node| node.metadata.as_mut());
        let Some(config) = metadata.and_then(|metadata| metadata.fields.get_mut("config")) else {
            continue;
        };
        let first = said.entry((stream.zone.clone(), stream.number)).or_insert_with(|| config.clone());
        if config.kind == Some(Of::StringValue("{}".to_owned())) {
            *config = first.clone();
        }
    }
}
