//! Resources that exploration writes: those that `churn` draws, and those whose labels or names say where they may go.
use super::op::Pick;
use crate::{event::NodeId, oracle::wire, verbs::specs};
use serde_json::{Value, json};
use strait_core::{
    Seed,
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Scope, Spec, labels, model},
};

/// So many names are used for each kind, everywhere the same: enough to tell resources apart, few enough for them to meet.
const NAMES: usize = 4;
/// On the narrowest link that is drawn, such a one is under way for longer than a silent session lives.
const LARGE_BYTES: usize = 32_000;
/// So many such together are more than the window of a session: on the wire a secret is three quarters as long.
const BULK: usize = 4;
const BULK_BYTES: usize = 480_000;
/// So many contents are told apart.
const BODIES: usize = 6;

/// One resource whose labels or name matter.
struct Special {
    kind: &'static str,
    /// Whether users write it on global.
    on_global: bool,
    /// Whether users write it in zones.
    in_zones: bool,
    /// Its name; `None`: one of the usual ones.
    name: Option<&'static str>,
    labels: &'static [(&'static str, &'static str)],
    spec: fn(usize) -> Value,
}

const PLAIN: Special = Special { kind: "MeshTimeout", on_global: false, in_zones: false, name: None, labels: &[], spec: to_mesh };

const SPECIAL: &[Special] = &[
    // Does not leave the zone, or does not leave global.
    Special { on_global: true, in_zones: true, name: Some("kept"), labels: &[(labels::KDS_SYNC, "disabled")], ..PLAIN },
    Special { kind: "MeshService", in_zones: true, name: Some("kept"), labels: &[(labels::KDS_SYNC, "disabled")], spec: backend, ..PLAIN },
    // The same once its users think better of it.
    Special { on_global: true, in_zones: true, name: Some("kept"), labels: &[(labels::KDS_SYNC, "enabled")], ..PLAIN },
    Special {
        in_zones: true,
        name: Some("consumed"),
        labels: &[(labels::NAMESPACE, "shop"), (labels::POLICY_ROLE, "consumer")],
        spec: to_service,
        ..PLAIN
    },
    Special {
        in_zones: true,
        name: Some("produced"),
        labels: &[(labels::NAMESPACE, "shop"), (labels::POLICY_ROLE, "producer")],
        spec: to_service,
        ..PLAIN
    },
    Special { in_zones: true, ..PLAIN },
    Special { kind: "MeshRetry", in_zones: true, spec: retries, ..PLAIN },
    Special { kind: "GlobalSecret", on_global: true, name: Some("shared"), spec: secret, ..PLAIN },
    Special { kind: "GlobalSecret", on_global: true, name: Some("user-token-signing-key-1"), spec: secret, ..PLAIN },
    // Take their time on a narrow link.
    Special { kind: "GlobalSecret", on_global: true, name: Some("large"), spec: large, ..PLAIN },
    Special { kind: "Secret", on_global: true, name: Some("large"), spec: large, ..PLAIN },
    Special { kind: "MeshService", in_zones: true, name: Some("large"), spec: large_backend, ..PLAIN },
    // Not every build understands these.
    Special { kind: "HostnameGenerator", on_global: true, in_zones: true, name: Some("over-zones"), spec: over_zones, ..PLAIN },
    Special { on_global: true, in_zones: true, name: Some("untargeted"), spec: untargeted, ..PLAIN },
    // No key that anybody can read.
    Special { kind: "GlobalSecret", on_global: true, name: Some("zone-token-signing-key-1"), spec: secret, ..PLAIN },
    // Says of itself that it is another zone's.
    Special { kind: "Dataplane", in_zones: true, name: Some("spoofed"), spec: elsewhere, ..PLAIN },
];

/// One that a user may write there. `None`: it would need a mesh, and there is none.
pub(super) fn draw(pick: &mut Pick, at: &NodeId, mesh: Option<String>) -> Option<Resource> {
    let there = |special: &&Special| if *at == NodeId::Global { special.on_global } else { special.in_zones };
    let special: Vec<&Special> = SPECIAL.iter().filter(there).collect();
    let plain = specs::kinds_at(at);
    // Plain ones twice as often.
    let index = pick.below(plain.len() * 2 + special.len());
    match index.checked_sub(plain.len() * 2).and_then(|index| special.get(index)) {
        Some(special) => {
            let name = special.name.map_or_else(|| usual_name(pick), |name| ResourceName::new(name).ok())?;
            let labels = special.labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
            let spec = Spec::new((special.spec)(pick.below(BODIES)));
            Some(Resource { key: key(special.kind, mesh, name)?, labels, spec, status: None })
        }
        None => {
            let kind = plain.get(index.checked_rem(plain.len())?)?;
            let key = key(kind.as_str(), mesh, usual_name(pick)?)?;
            Some(Resource { spec: other_spec(pick, kind)?, key, labels: Labels::new(), status: None })
        }
    }
}

/// Other contents for a kind; `None`: nothing is drawn for it.
pub(super) fn other_spec(pick: &mut Pick, kind: &Kind) -> Option<Spec> {
    let body = pick.below(BODIES);
    let special = || SPECIAL.iter().find(|special| special.kind == kind.as_str()).map(|special| (special.spec)(body));
    let drawn = specs::generated(kind, None).then(|| specs::draw(kind, &mut Seed(u64::try_from(body).unwrap_or_default()).rng()));
    drawn.or_else(special).map(Spec::new)
}

/// What the control plane of a zone knows of a proxy.
pub(super) fn insight(pick: &mut Pick, proxy: Key) -> Option<Resource> {
    let online = pick.below(2) == 0;
    let mut subscription = json!({"id": format!("{}", pick.below(BODIES)), "connectTime": "2026-01-01T00:00:00Z"});
    if !online {
        subscription["disconnectTime"] = json!("2026-01-01T00:01:00Z");
    }
    let spec = Spec::new(json!({"subscriptions": [subscription]}));
    Some(Resource { key: Key { kind: Kind::new("DataplaneInsight").ok()?, ..proxy }, labels: Labels::new(), spec, status: None })
}

/// A policy of a zone under the name that a policy of global's has there, if its users make one of that name; and that one.
pub(super) fn taken_name(pick: &mut Pick, mesh: Option<String>) -> Option<(Resource, Resource)> {
    let of_global = plain(key("MeshTimeout", mesh, usual_name(pick)?)?, to_mesh(pick.below(BODIES)));
    Some((Resource { key: wire::down(&of_global).key, ..of_global.clone() }, of_global))
}

/// A policy of global's.
pub(super) fn policy(pick: &mut Pick, mesh: String) -> Option<Resource> {
    Some(plain(key("MeshTimeout", Some(mesh), usual_name(pick)?)?, to_mesh(pick.below(BODIES))))
}

/// One of many that come and go.
pub(super) fn one_of_many(at: &NodeId, mesh: &str, number: usize) -> Option<Resource> {
    let (kind, spec) = if *at == NodeId::Global { ("MeshTimeout", to_mesh(number)) } else { ("MeshService", backend(number)) };
    Some(plain(key(kind, Some(mesh.to_owned()), ResourceName::new(&format!("many-{number}")).ok()?)?, spec))
}

/// What services are called of which there are more than addresses.
pub(super) const OF_FEW: &str = "few-";

/// One of those services.
pub(super) fn one_of_few(mesh: &str, number: usize) -> Option<Resource> {
    Some(plain(key("MeshService", Some(mesh.to_owned()), ResourceName::new(&format!("{OF_FEW}{number}")).ok()?)?, backend(number)))
}

/// On global more than a session may have under way at a time, in a zone more than what travels has room for.
pub(super) fn bulk(at: &NodeId, mesh: &str) -> Vec<Resource> {
    let is_global = *at == NodeId::Global;
    let one = |number: usize| {
        let (kind, spec) = if is_global {
            ("Secret", json!({"data": "Y2Nj".repeat(BULK_BYTES / 4)}))
        } else {
            ("MeshService", backend_called(&"b".repeat(BULK_BYTES)))
        };
        Some(plain(key(kind, Some(mesh.to_owned()), ResourceName::new(&format!("bulk-{number}")).ok()?)?, spec))
    };
    (0..if is_global { BULK } else { 1 }).filter_map(one).collect()
}

/// The same resource with one entry of a list or one field of its spec left out, wherever that is, so that what is left is still one. `None`: nothing can be.
pub(super) fn with_less(pick: &mut Pick, resource: &Resource) -> Option<Resource> {
    let spec = resource.spec.value()?;
    let mut all = Vec::new();
    parts(spec, String::new(), &mut all);
    let altered = all.iter().filter_map(|pointer| Some(Resource { spec: Spec::new(without(spec, pointer)?), ..resource.clone() }));
    let possible: Vec<Resource> = altered.filter(|altered| model::validate(altered).is_empty()).collect();
    pick.one_of(&possible)
}

fn without(spec: &Value, pointer: &str) -> Option<Value> {
    let (holder, last) = pointer.rsplit_once('/')?;
    let mut less = spec.clone();
    match less.pointer_mut(holder)? {
        Value::Object(fields) => _ = fields.remove(&last.replace("~1", "/").replace("~0", "~")),
        Value::Array(items) => _ = items.remove(last.parse().ok()?),
        _ => return None,
    }
    Some(less)
}

/// Every part of a value, as a JSON pointer.
fn parts(value: &Value, at: String, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in inner {
        let at = format!("{at}/{name}");
        parts(value, at.clone(), found);
        found.push(at);
    }
}

fn plain(key: Key, spec: Value) -> Resource {
    Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None }
}

fn usual_name(pick: &mut Pick) -> Option<ResourceName> {
    ResourceName::new(&format!("r-{}", pick.below(NAMES))).ok()
}

fn key(kind: &str, mesh: Option<String>, name: ResourceName) -> Option<Key> {
    let kind = Kind::new(kind).ok()?;
    let belongs = kind.facts().is_some_and(|facts| facts.scope == Scope::Mesh);
    let mesh = if belongs { Some(MeshName::new(&mesh?).ok()?) } else { None };
    Some(Key { kind, mesh, name })
}

fn to_mesh(body: usize) -> Value {
    let timeout = json!({"connectionTimeout": format!("{}s", body + 1)});
    json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": timeout}]})
}

fn untargeted(body: usize) -> Value {
    json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": format!("{}s", body + 1)}}]})
}

fn over_zones(body: usize) -> Value {
    let selector = json!({"meshMultiZoneService": {"matchLabels": {"churn": "yes"}}});
    json!({"selector": selector, "template": format!("{{{{ .DisplayName }}}}.c{body}.mesh")})
}

fn elsewhere(body: usize) -> Value {
    let tags = json!({"kuma.io/service": "churn", "kuma.io/protocol": "http", "kuma.io/zone": format!("zone-{}", 1 + body % 3)});
    json!({"networking": {"address": format!("10.0.0.{}", 1 + body), "inbound": [{"port": 8080, "tags": tags}]}})
}

fn to_service(body: usize) -> Value {
    let timeout = json!({"connectionTimeout": format!("{}s", body + 1)});
    json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "MeshService", "name": "r-0"}, "default": timeout}]})
}

fn retries(body: usize) -> Value {
    json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"numRetries": body + 1}}}]})
}

fn backend(body: usize) -> Value {
    backend_called(&format!("v{body}"))
}

fn backend_called(app: &str) -> Value {
    json!({"selector": {"dataplaneTags": {"app": app}}, "ports": [{"port": 80}], "state": "Available"})
}

fn large(body: usize) -> Value {
    json!({"data": if body.is_multiple_of(2) { "YWFh" } else { "YmJi" }.repeat(LARGE_BYTES / 4)})
}

fn large_backend(body: usize) -> Value {
    backend_called(&if body.is_multiple_of(2) { "a" } else { "b" }.repeat(LARGE_BYTES))
}

fn secret(body: usize) -> Value {
    json!({"data": if body.is_multiple_of(2) { "YQ==" } else { "Yg==" }})
}
