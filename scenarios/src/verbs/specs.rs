//! Specs that `churn` draws: valid for their kind, different from draw to draw.
use crate::event::NodeId;
use rand::{RngExt, distr::Alphanumeric, rngs::ChaCha8Rng};
use serde_json::{Value, json};
use strait_core::resource::{Kind, Labels};

type Draw = fn(&mut ChaCha8Rng) -> Value;

/// Kind, whether it is written on global, whether in zones, and how its spec is drawn.
const DRAWN: &[(&str, bool, bool, Draw)] = &[
    ("Dataplane", false, true, |rng| {
        let address = format!("10.{}.{}.{}", rng.random_range(0..256), rng.random_range(0..256), rng.random_range(1..255));
        json!({"networking": {"address": address, "inbound": [{"port": 8080, "tags": {"kuma.io/service": "churn", "kuma.io/protocol": "http"}}]}})
    }),
    ("HostnameGenerator", true, true, |rng| {
        let part = rng.random_range(0..1000);
        json!({"selector": {"meshService": {"matchLabels": {"churn": "yes"}}}, "template": format!("{{{{ .DisplayName }}}}.c{part}.mesh")})
    }),
    (
        "MeshCircuitBreaker",
        true,
        false,
        |rng| json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionLimits": {"maxConnections": rng.random_range(1..1000)}}}]}),
    ),
    (
        "MeshRetry",
        true,
        false,
        |rng| json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"numRetries": rng.random_range(1..50)}}}]}),
    ),
    (
        "MeshService",
        false,
        true,
        |rng| json!({"selector": {"dataplaneTags": {"app": "churn"}}, "ports": [{"port": rng.random_range(1..65536), "appProtocol": "http"}], "state": "Available"}),
    ),
    ("MeshTimeout", true, false, |rng| {
        let timeout = format!("{}s", rng.random_range(1..600));
        json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": timeout}}]})
    }),
    ("MeshTrafficPermission", true, false, |rng| {
        let action = if rng.random() { "Allow" } else { "Deny" };
        json!({"targetRef": {"kind": "Mesh"}, "from": [{"targetRef": {"kind": "Mesh"}, "default": {"action": action}}]})
    }),
    ("Secret", true, false, |rng| {
        let data = ["c2VjcmV0", "cGFzc3dvcmQ=", "a2V5"][rng.random_range(0..3)];
        json!({"data": data})
    }),
];

pub(crate) fn draw(kind: &Kind, rng: &mut ChaCha8Rng) -> Value {
    let draw = DRAWN.iter().find(|(name, ..)| *name == kind.as_str()).map(|(.., draw)| draw);
    draw.expect("the kind was checked")(rng)
}

/// Labels of about so many bytes together, each as long as Kubernetes allows, of letters that do not compress.
pub(super) fn weight(bytes: u64, rng: &mut ChaCha8Rng) -> Labels {
    const VALUE: u64 = 63;
    const NAME: u64 = "weight-0000".len() as u64;
    let letter = |rng: &mut ChaCha8Rng| char::from(rng.sample(Alphanumeric));
    let count = bytes.div_ceil(NAME + VALUE);
    (0..count).map(|at| (format!("weight-{at:04}"), (0..VALUE).map(|_| letter(rng)).collect())).collect()
}

/// Whether specs can be drawn for a kind, where it is written.
pub(crate) fn generated(kind: &Kind, at: Option<&NodeId>) -> bool {
    DRAWN.iter().any(|(name, on_global, in_zones, _)| {
        *name == kind.as_str()
            && match at {
                Some(NodeId::Global) => *on_global,
                Some(NodeId::Zone(_) | NodeId::Joined { .. }) => *in_zones,
                None => true,
            }
    })
}

/// The kinds for which specs can be drawn there.
pub(crate) fn kinds_at(at: &NodeId) -> Vec<Kind> {
    DRAWN.iter().filter_map(|(name, ..)| Kind::new(name).ok()).filter(|kind| generated(kind, Some(at))).collect()
}

pub(super) fn allowed(everywhere: bool) -> String {
    let name = |(name, on_global, in_zones, _): &(&str, bool, bool, Draw)| match (on_global, in_zones, everywhere) {
        (true, true, _) | (_, _, true) => (*name).to_owned(),
        (true, false, false) => format!("{name} (on global)"),
        _ => format!("{name} (in zones)"),
    };
    DRAWN.iter().map(name).collect::<Vec<_>>().join(", ")
}
