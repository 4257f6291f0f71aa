//! Requests: consumer to provider.
use super::{
    BEAT, EVERYTHING, Envelope, Malformed, kind,
    length::{field, text},
    metadata::{self, Additions},
};
use prost_types::Struct;
use strait_core::{
    resource::ZoneName,
    sync::{Dialect, Hello, Lane, Nonce, Request, RequestBody},
};
use strait_proto::kds::{DeltaDiscoveryRequest, Node, Status};

/// Says nothing of how a process is configured.
const NO_CONFIG: &str = "{}";

/// A request as it goes over the wire. Every one carries a node: Kuma's global does not survive one without.
pub fn request_to_wire(request: &Request, envelope: &Envelope) -> DeltaDiscoveryRequest {
    encoded(request, envelope.zone.as_str(), envelope.dialect, &envelope.instance)
}

/// The size of a request between Straits.
pub(super) fn encoded_len(request: &Request, zone: &str, instance: &str) -> usize {
    let node = |zone: &str, metadata: usize| field(text(zone) + if metadata == 0 { 0 } else { field(metadata) });
    let (everything, config) = (text("*"), NO_CONFIG);
    match &request.body {
        RequestBody::Subscribe { kind, hello } => {
            let additions = Additions { lineage: hello.lineage.clone(), ..Additions::default() };
            let metadata = metadata::len_of_kuma(instance, config, &hello.features) + additions.len();
            node(hello.zone.as_str(), metadata) + text(kind.as_str()) + everything
        }
        RequestBody::SubscribeAll { hello, held, staged, rejected } => {
            let additions = Additions { lineage: hello.lineage.clone(), held: *held, staged: *staged, rejected: rejected.clone() };
            let metadata = metadata::len_of_kuma(instance, config, &hello.features) + additions.len();
            node(hello.zone.as_str(), metadata) + text(EVERYTHING) + everything
        }
        RequestBody::Ack { kind, nonce } => node(zone, 0) + text(kind.as_str()) + text(&nonce.0),
        RequestBody::Nack { kind, nonce, message, rejected } => {
            let additions = Additions { rejected: rejected.clone(), ..Additions::default() };
            node(zone, additions.len()) + text(kind.as_str()) + everything + text(&nonce.0) + field(text(message))
        }
        RequestBody::Beat { held } => {
            let additions = Additions { held: *held, ..Additions::default() };
            node(zone, additions.len()) + text(BEAT)
        }
    }
}

fn encoded(request: &Request, zone: &str, dialect: Dialect, instance: &str) -> DeltaDiscoveryRequest {
    let node = |metadata: Struct| {
        let metadata = (!metadata.fields.is_empty()).then_some(metadata);
        Some(Node { id: zone.to_owned(), metadata })
    };
    let with = |mut metadata: Struct, additions: Additions| {
        additions.add_to(&mut metadata);
        node(metadata)
    };
    let config = match (request.lane, dialect) {
        (Lane::Down, Dialect::Kuma) => metadata::ZONE_CONFIG,
        (Lane::Up, Dialect::Kuma) => "",
        // Which reads none of it.
        (_, Dialect::Strait) => NO_CONFIG,
    };
    let everything = || vec!["*".to_owned()];
    match &request.body {
        RequestBody::Subscribe { kind, hello } => {
            let lineage = hello.lineage.clone().filter(|_| dialect == Dialect::Strait);
            DeltaDiscoveryRequest {
                node: with(metadata::of_kuma(instance, config, &hello.features), Additions { lineage, ..Additions::default() })
                    .map(|node| Node { id: hello.zone.to_string(), ..node }),
                type_url: kind.to_string(),
                resource_names_subscribe: everything(),
                ..Default::default()
            }
        }
        RequestBody::SubscribeAll { hello, held, staged, rejected } => {
            let additions = Additions { lineage: hello.lineage.clone(), held: *held, staged: *staged, rejected: rejected.clone() };
            DeltaDiscoveryRequest {
                node: with(metadata::of_kuma(instance, config, &hello.features), additions)
                    .map(|node| Node { id: hello.zone.to_string(), ..node }),
                type_url: EVERYTHING.to_owned(),
                resource_names_subscribe: everything(),
                ..Default::default()
            }
        }
        RequestBody::Ack { kind, nonce } => DeltaDiscoveryRequest {
            node: node(Struct::default()),
            type_url: kind.to_string(),
            response_nonce: nonce.0.clone(),
            ..Default::default()
        },
        RequestBody::Nack { kind, nonce, message, rejected } => {
            let rejected = if dialect == Dialect::Strait { rejected.clone() } else { Vec::new() };
            DeltaDiscoveryRequest {
                node: with(Struct::default(), Additions { rejected, ..Additions::default() }),
                type_url: kind.to_string(),
                resource_names_subscribe: everything(),
                response_nonce: nonce.0.clone(),
                error_detail: Some(Status { message: message.clone(), ..Default::default() }),
                ..Default::default()
            }
        }
        RequestBody::Beat { held } => DeltaDiscoveryRequest {
            node: with(Struct::default(), Additions { held: *held, ..Additions::default() }),
            type_url: BEAT.to_owned(),
            ..Default::default()
        },
    }
}

/// A request as a peer sent it.
///
/// # Errors
/// It makes no sense.
pub fn request_from_wire(lane: Lane, dialect: Dialect, wire: DeltaDiscoveryRequest) -> Result<Request, Malformed> {
    let metadata = wire.node.as_ref().and_then(|node| node.metadata.as_ref());
    let additions = || if dialect == Dialect::Strait { Additions::of(metadata) } else { Ok(Additions::default()) };
    let hello = |lineage| {
        let zone = wire.node.as_ref().map_or("", |node| node.id.as_str());
        let zone = ZoneName::new(zone).map_err(|error| Malformed(format!("the node's id: {error}")))?;
        Ok::<_, Malformed>(Hello { zone, lineage, features: metadata::features(metadata) })
    };
    let body = match (wire.type_url.as_str(), dialect) {
        (EVERYTHING, Dialect::Strait) => {
            let Additions { lineage, held, staged, rejected } = additions()?;
            RequestBody::SubscribeAll { hello: hello(lineage)?, held, staged, rejected }
        }
        (BEAT, Dialect::Strait) => RequestBody::Beat { held: additions()?.held },
        (type_url, _) => {
            let kind = kind(type_url)?;
            let nonce = Nonce(wire.response_nonce.clone());
            match &wire.error_detail {
                Some(_) if nonce.0.is_empty() => return Err(Malformed(format!("{kind}: refuses a response without naming it"))),
                Some(error) => RequestBody::Nack { kind, nonce, message: error.message.clone(), rejected: additions()?.rejected },
                None if nonce.0.is_empty() => RequestBody::Subscribe { kind, hello: hello(additions()?.lineage)? },
                None => RequestBody::Ack { kind, nonce },
            }
        }
    };
    Ok(Request { lane, body })
}
