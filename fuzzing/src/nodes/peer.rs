//! What a peer may say: messages that are well formed, and say anything.
use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};
use std::sync::Arc;
use strait_core::{
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, WireKey, ZoneName, labels},
    sync::{Epoch, Hello, Lane, Lineage, Nonce, Position, Request, RequestBody, Response, ResponseBody, Staged, Transfer},
};

const KINDS: &[&str] = &[
    "Mesh",
    "MeshTimeout",
    "MeshService",
    "MeshMultiZoneService",
    "HostnameGenerator",
    "Dataplane",
    "Secret",
    "GlobalSecret",
    "MeshTrust",
    "MeshZoneAddress",
    "MeshIdentity",
    "ZoneIngress",
    "Zone",
    "DataplaneInsight",
    "Unknown",
];
/// So many of what was heard last are told apart.
const REMEMBERED: usize = 16;
const MESHES: &[&str] = &["default", "shop", "gone"];
const NAMES: &[&str] = &["default", "a", "b", "c", "zone-token-signing-key-1", "web", "api"];
const ZONES: &[&str] = &["east", "west", "north"];

pub(super) fn zone(bytes: &mut Unstructured<'_>) -> Result<ZoneName> {
    Ok(ZoneName::new(bytes.choose(ZONES)?).expect("a name"))
}

pub(super) fn kind(bytes: &mut Unstructured<'_>) -> Result<Kind> {
    Ok(Kind::new(bytes.choose(KINDS)?).expect("a kind"))
}

pub(super) fn key(bytes: &mut Unstructured<'_>) -> Result<Key> {
    let kind = kind(bytes)?;
    let of_mesh = !matches!(kind.as_str(), "Mesh" | "HostnameGenerator" | "GlobalSecret" | "ZoneIngress" | "Zone");
    // Now and then wrongly so.
    let of_mesh = of_mesh != bytes.ratio(1, 32)?;
    let mesh = if of_mesh { MeshName::new(bytes.choose(MESHES)?).ok() } else { None };
    Ok(Key { kind, mesh, name: ResourceName::new(bytes.choose(NAMES)?).expect("a name") })
}

fn wire_key(bytes: &mut Unstructured<'_>) -> Result<WireKey> {
    let Key { kind, mesh, name } = key(bytes)?;
    Ok(WireKey { kind, mesh, name })
}

pub(super) fn resource(bytes: &mut Unstructured<'_>) -> Result<Resource> {
    let key = key(bytes)?;
    resource_of(bytes, key)
}

/// What a proxy brings along: mostly what it is.
pub(super) fn dataplane(bytes: &mut Unstructured<'_>) -> Result<Resource> {
    let mesh = MeshName::new(bytes.choose(MESHES)?).expect("a name");
    let name = ResourceName::new(bytes.choose(NAMES)?).expect("a name");
    resource_of(bytes, Key { kind: Kind::dataplane(), mesh: Some(mesh), name })
}

fn resource_of(bytes: &mut Unstructured<'_>, key: Key) -> Result<Resource> {
    let spec = spec(bytes, key.kind.as_str())?;
    let mut all = Labels::new();
    let some = bytes.int_in_range(0..=3)?;
    for _ in 0..some {
        let (label, value) = match bytes.int_in_range(0..=7)? {
            0 => (labels::ORIGIN, *bytes.choose(&["global", "zone", "?"])?),
            1 => (labels::ZONE, *bytes.choose(ZONES)?),
            2 => (labels::DISPLAY_NAME, *bytes.choose(NAMES)?),
            3 => (labels::KDS_SYNC, *bytes.choose(&["enabled", "disabled", "x"])?),
            4 => (labels::NAMESPACE, "shop"),
            5 => (labels::POLICY_ROLE, *bytes.choose(&["producer", "consumer", "system", "x"])?),
            6 => (labels::MESH, *bytes.choose(MESHES)?),
            _ => ("app", *bytes.choose(NAMES)?),
        };
        all.insert(label.to_owned(), value.to_owned());
    }
    Ok(Resource { key, labels: all, spec: Spec::new(spec), status: None })
}

fn spec(bytes: &mut Unstructured<'_>, kind: &str) -> Result<Value> {
    let number = bytes.int_in_range(1..=9_u16)?;
    if bytes.ratio(1, 24)? {
        return Ok(bytes.choose(&[json!({}), json!({"x": [1, {"y": null}]}), json!({"selector": 7}), json!({"to": "all"})])?.clone());
    }
    let mesh = json!({"kind": "Mesh"});
    Ok(match kind {
        "Mesh" => bytes.choose(&[json!({}), json!({"meshServices": {"mode": "Exclusive"}})])?.clone(),
        "MeshTimeout" => json!({"targetRef": mesh, "to": [{"targetRef": mesh, "default": {"connectionTimeout": format!("{number}s")}}]}),
        "MeshService" => {
            json!({"selector": {"dataplaneTags": {"app": "api"}}, "ports": [{"port": 80 + number, "appProtocol": "http"}], "state": "Available"})
        }
        "MeshMultiZoneService" => {
            json!({"selector": {"meshService": {"matchLabels": {"app": "a"}}}, "ports": [{"port": 80, "appProtocol": "http"}]})
        }
        "HostnameGenerator" => {
            json!({"selector": {"meshService": {"matchLabels": {}}}, "template": format!("{{{{ .DisplayName }}}}.v{number}.mesh")})
        }
        "Dataplane" => {
            json!({"networking": {"address": format!("10.0.0.{number}"), "inbound": [{"port": 80, "tags": {"kuma.io/service": "api", "kuma.io/protocol": "http", "app": "api"}}]}})
        }
        "MeshIdentity" => {
            json!({"selector": {"dataplane": {"matchLabels": {}}}, "provider": {"type": "Bundled", "bundled": {"autogenerate": {"enabled": true}}}})
        }
        "MeshZoneAddress" => json!({"address": format!("1.2.3.{number}"), "port": 10001}),
        "ZoneIngress" => {
            json!({"networking": {"address": "10.0.0.1", "port": 10001, "advertisedAddress": "1.2.3.4", "advertisedPort": 10001}})
        }
        _ => json!({"data": "YWFh"}),
    })
}

/// A place in a history: often one of those that were heard of.
fn position(bytes: &mut Unstructured<'_>, heard: &[Position]) -> Result<Position> {
    if !heard.is_empty() && bytes.ratio(3, 4)? {
        let mut heard = *bytes.choose(heard)?;
        heard.seq = heard.seq.saturating_add_signed(bytes.int_in_range(-2..=2)?);
        return Ok(heard);
    }
    let seq = if bytes.ratio(1, 16)? { u64::MAX } else { bytes.int_in_range(0..=20)? };
    Ok(Position { epoch: Epoch(bytes.int_in_range(1..=3)?), seq })
}

fn lineage(bytes: &mut Unstructured<'_>, heard: &[Position]) -> Result<Option<Lineage>> {
    let Position { epoch, seq } = position(bytes, heard)?;
    let said = json!({"starts": [[epoch, 0]], "head": seq});
    Ok(serde_json::from_value(said).ok())
}

fn nonce(bytes: &mut Unstructured<'_>, said: &[Nonce]) -> Result<Nonce> {
    if said.is_empty() || bytes.ratio(1, 8)? { Ok(Nonce("made-up".to_owned())) } else { Ok(bytes.choose(said)?.clone()) }
}

/// What a consumer says. `said`: the nonces of what it was told; `heard`: positions that it heard of.
pub(super) fn request(bytes: &mut Unstructured<'_>, lane: Lane, said: &[Nonce], heard: &[Position]) -> Result<Request> {
    let features = ["zone-token", "hash-suffix", "hg-mz-selector", "producer-policy-flow", "optional-top-level-target-ref"];
    let hello = |bytes: &mut Unstructured<'_>| {
        let features = features.iter().take(bytes.int_in_range(0..=features.len())?).map(|feature| (*feature).to_owned()).collect();
        Ok::<_, arbitrary::Error>(Hello { zone: zone(bytes)?, lineage: lineage(bytes, heard)?, features })
    };
    let some_keys = |bytes: &mut Unstructured<'_>| (0..bytes.int_in_range(0..=2)?).map(|_| wire_key(bytes)).collect::<Result<Vec<_>>>();
    let maybe =
        |bytes: &mut Unstructured<'_>| Ok::<_, arbitrary::Error>(if bytes.ratio(3, 4)? { Some(position(bytes, heard)?) } else { None });
    let body = match bytes.int_in_range(0..=9)? {
        0 | 1 => RequestBody::Subscribe { kind: kind(bytes)?, hello: hello(bytes)? },
        2 | 3 => {
            let staged = if bytes.ratio(1, 3)? {
                let upto = position(bytes, heard)?;
                let (parts, changes) = (bytes.int_in_range(0..=3)?, bytes.int_in_range(0..=9)?);
                Some(Staged { from: maybe(bytes)?, upto, parts, changes, checksum: Default::default() })
            } else {
                None
            };
            RequestBody::SubscribeAll { hello: hello(bytes)?, held: maybe(bytes)?, staged, rejected: some_keys(bytes)? }
        }
        4..=6 => RequestBody::Ack { kind: kind(bytes)?, nonce: nonce(bytes, said)? },
        7 | 8 => {
            let (kind, nonce) = (kind(bytes)?, nonce(bytes, said)?);
            RequestBody::Nack { kind, nonce, message: "not this".to_owned(), rejected: some_keys(bytes)? }
        }
        _ => RequestBody::Beat { held: maybe(bytes)? },
    };
    Ok(Request { lane, body })
}

/// What a provider says.
pub(super) fn response(bytes: &mut Unstructured<'_>, lane: Lane, heard: &[Position], number: u64) -> Result<Response> {
    let body = match bytes.int_in_range(0..=7)? {
        0 => match lineage(bytes, heard)? {
            Some(lineage) => ResponseBody::History { lineage },
            None => ResponseBody::Beat { head: position(bytes, heard)? },
        },
        1 => ResponseBody::Beat { head: position(bytes, heard)? },
        _ => {
            let transfer = if bytes.ratio(3, 4)? {
                let from = if bytes.ratio(1, 2)? { Some(position(bytes, heard)?) } else { None };
                let (upto, part, last) = (position(bytes, heard)?, bytes.int_in_range(0..=2)?, bytes.ratio(3, 4)?);
                Some(Transfer { from, upto, part, last })
            } else {
                None
            };
            let mut put = Vec::new();
            for _ in 0..bytes.int_in_range(0..=4)? {
                put.push(Arc::new(resource(bytes)?));
            }
            let mut gone = Vec::new();
            for _ in 0..bytes.int_in_range(0..=2)? {
                gone.push(wire_key(bytes)?);
            }
            let kind = match put.first() {
                Some(first) if bytes.ratio(7, 8)? => first.kind().clone(),
                _ => kind(bytes)?,
            };
            ResponseBody::Resources { kind, nonce: Nonce(format!("peer.{number}")), put, gone, transfer }
        }
    };
    Ok(Response { lane, body })
}

/// Takes note of what a message is called, and where its author says that it is.
pub(super) fn hears(response: &Response, heard: &mut Vec<Position>, said: &mut Vec<Nonce>) {
    match &response.body {
        ResponseBody::Resources { nonce, transfer, .. } => {
            said.push(nonce.clone());
            heard.extend(transfer.map(|transfer| transfer.upto));
        }
        ResponseBody::Beat { head } => heard.push(*head),
        ResponseBody::History { .. } => {}
    }
    said.drain(..said.len().saturating_sub(REMEMBERED));
    heard.drain(..heard.len().saturating_sub(REMEMBERED));
}
