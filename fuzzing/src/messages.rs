//! The two halves of KDS. What can be read says the same once it was written and read again.
use crate::Target;
use prost::Message;
use std::sync::Arc;
use strait_core::{
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, WireKey, ZoneName},
    sync::{Dialect, Epoch, Hello, Lane, Lineage, Nonce, Position, Request, RequestBody, Response, ResponseBody, Staged, Transfer},
};
use strait_proto::kds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use strait_shell::convert::{Envelope, request_from_wire, request_to_wire, response_from_wire, response_to_wire};

pub(crate) const REQUESTS: Target = Target { name: "kds-requests", run: requests, seeds: request_seeds };
pub(crate) const RESPONSES: Target = Target { name: "kds-responses", run: responses, seeds: response_seeds };

/// The first byte says on which lane, and in which dialect.
fn read<M: Message + Default>(bytes: &[u8]) -> Option<(Lane, Dialect, M)> {
    let (first, rest) = bytes.split_first()?;
    let lane = if first & 1 == 0 { Lane::Down } else { Lane::Up };
    let dialect = if first & 2 == 0 { Dialect::Strait } else { Dialect::Kuma };
    Some((lane, dialect, M::decode(rest).ok()?))
}

fn requests(bytes: &[u8]) {
    let Some((lane, dialect, wire)) = read::<DeltaDiscoveryRequest>(bytes) else { return };
    let Ok(request) = request_from_wire(lane, dialect, wire) else { return };
    let again = request_from_wire(lane, dialect, request_to_wire(&request, &envelope(dialect)));
    // A request that says who asks says it by the node's id, and every other one is signed with the zone.
    assert_eq!(again.as_ref(), Ok(&request), "a request does not say the same once it was written");
}

fn responses(bytes: &[u8]) {
    let Some((lane, dialect, wire)) = read::<DeltaDiscoveryResponse>(bytes) else { return };
    let Ok(response) = response_from_wire(lane, dialect, wire) else { return };
    let ResponseBody::Resources { put, .. } = &response.body else { return };
    // What could not be read is refused by name, and never sent on.
    if put.iter().any(|resource| resource.spec.value().is_none()) {
        return;
    }
    let again = response_from_wire(lane, dialect, response_to_wire(&response, &envelope(dialect)));
    assert_eq!(again.as_ref(), Ok(&response), "a response does not say the same once it was written");
}

fn envelope(dialect: Dialect) -> Envelope {
    let zone = ZoneName::new("east").expect("a name");
    Envelope { zone, dialect, provider: "global".to_owned(), instance: "here".to_owned() }
}

const FORMS: [(u8, Lane, Dialect); 4] =
    [(0, Lane::Down, Dialect::Strait), (1, Lane::Up, Dialect::Strait), (2, Lane::Down, Dialect::Kuma), (3, Lane::Up, Dialect::Kuma)];

fn request_seeds() -> Vec<Vec<u8>> {
    let zone = ZoneName::new("east").expect("a name");
    let lineage: Option<Lineage> = Some(Lineage::born(Epoch(0xaa)));
    let held: Option<Position> = "00000000000000aa:7".parse().ok();
    let hello = Hello { zone, lineage, features: ["zone-token", "hash-suffix"].map(str::to_owned).into() };
    let staged = held.map(|upto| Staged { from: None, upto, parts: 2, changes: 9, checksum: Default::default() });
    let kind = kind("MeshTimeout");
    let rejected = vec![WireKey { kind: kind.clone(), mesh: MeshName::new("default").ok(), name: name("retry") }];
    let bodies = [
        RequestBody::Subscribe { kind: kind.clone(), hello: hello.clone() },
        RequestBody::SubscribeAll { hello, held, staged, rejected: rejected.clone() },
        RequestBody::Ack { kind: kind.clone(), nonce: Nonce("1.1".to_owned()) },
        RequestBody::Nack { kind, nonce: Nonce("1.2".to_owned()), message: "not this".to_owned(), rejected },
        RequestBody::Beat { held },
    ];
    let all = FORMS.iter().flat_map(|form| bodies.iter().map(move |body| (*form, body.clone())));
    let written = all.map(|((first, lane, dialect), body)| {
        let wire = request_to_wire(&Request { lane, body }, &envelope(dialect));
        [vec![first], wire.encode_to_vec()].concat()
    });
    written.collect()
}

fn response_seeds() -> Vec<Vec<u8>> {
    let upto: Position = "00000000000000aa:7".parse().expect("a position");
    let resource = |of: &str, spec| {
        let key = Key { kind: kind(of), mesh: MeshName::new("default").ok(), name: name("one") };
        let labels: Labels = [("kuma.io/origin".to_owned(), "global".to_owned())].into();
        Arc::new(Resource { key, labels, spec: Spec::new(spec), status: None })
    };
    let timeout =
        serde_json::json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": "2s"}}]});
    let service = serde_json::json!({"selector": {"dataplaneTags": {"app": "x"}}, "ports": [{"port": 80}], "state": "Available"});
    let secret = serde_json::json!({"data": "YWFh"});
    let one = |of: &str, spec, transfer| ResponseBody::Resources {
        kind: kind(of),
        nonce: Nonce("1.1".to_owned()),
        put: vec![resource(of, spec)],
        gone: vec![WireKey { kind: kind(of), mesh: MeshName::new("default").ok(), name: name("two") }],
        transfer,
    };
    let bodies = [
        one("MeshTimeout", timeout, Some(Transfer { from: None, upto, part: 0, last: true })),
        one("MeshService", service, Some(Transfer { from: Some(upto), upto, part: 1, last: false })),
        one("Secret", secret, None),
        ResponseBody::Beat { head: upto },
        ResponseBody::History { lineage: Lineage::born(Epoch(0xaa)) },
    ];
    let all = FORMS.iter().flat_map(|form| bodies.iter().map(move |body| (*form, body.clone())));
    let written = all.map(|((first, lane, dialect), body)| {
        let wire = response_to_wire(&Response { lane, body }, &envelope(dialect));
        [vec![first], wire.encode_to_vec()].concat()
    });
    written.collect()
}

fn kind(name: &str) -> Kind {
    Kind::new(name).expect("a kind")
}

fn name(name: &str) -> ResourceName {
    ResourceName::new(name).expect("a name")
}
