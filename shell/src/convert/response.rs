//! Responses: provider to consumer.
use super::{
    BEAT, Envelope, HISTORY, Malformed, from_json, kind,
    resource::{self, hex_sha256},
    to_json,
};
use prost::Message as _;
use std::sync::Arc;
use strait_core::{
    resource::Resource,
    sync::{Dialect, Lane, Nonce, Response, ResponseBody},
};
use strait_proto::kds::{ControlPlane, DeltaDiscoveryResponse};

/// A response as it goes over the wire.
pub fn response_to_wire(response: &Response, envelope: &Envelope) -> DeltaDiscoveryResponse {
    encoded(response, &envelope.provider, hex_sha256)
}

/// The size of a response, with resources of these sizes.
pub(super) fn encoded_len(response: &Response, provider: &str, size: &mut dyn FnMut(&Arc<Resource>) -> usize) -> usize {
    let put = if let ResponseBody::Resources { put, .. } = &response.body { put.as_slice() } else { &[] };
    // Each has its field's tag and its length before it.
    let resources = put.iter().map(size).map(|size| 1 + prost::length_delimiter_len(size) + size);
    resources.sum::<usize>() + envelope(response, provider).encoded_len()
}

fn encoded(response: &Response, provider: &str, version: impl Fn(&[u8]) -> String) -> DeltaDiscoveryResponse {
    let put = if let ResponseBody::Resources { put, .. } = &response.body { put.as_slice() } else { &[] };
    let resources = put.iter().map(|resource| resource::to_wire(resource, &version)).collect();
    DeltaDiscoveryResponse { resources, ..envelope(response, provider) }
}

/// All of a response but its resources.
fn envelope(response: &Response, provider: &str) -> DeltaDiscoveryResponse {
    let control_plane = Some(ControlPlane { identifier: provider.to_owned() });
    match &response.body {
        ResponseBody::Resources { kind, nonce, gone, transfer, .. } => DeltaDiscoveryResponse {
            system_version_info: transfer.as_ref().map(to_json).unwrap_or_default(),
            type_url: kind.to_string(),
            nonce: nonce.0.clone(),
            removed_resources: gone.iter().map(resource::wire_name).collect(),
            control_plane,
            ..Default::default()
        },
        ResponseBody::History { lineage } => DeltaDiscoveryResponse {
            system_version_info: to_json(lineage),
            type_url: HISTORY.to_owned(),
            control_plane,
            ..Default::default()
        },
        ResponseBody::Beat { head } => {
            DeltaDiscoveryResponse { system_version_info: to_json(head), type_url: BEAT.to_owned(), control_plane, ..Default::default() }
        }
    }
}

/// A response as a peer sent it. A resource that cannot be read is marked as such.
///
/// # Errors
/// It makes no sense, or names a resource in a way that no resource can be named.
pub fn response_from_wire(lane: Lane, dialect: Dialect, wire: DeltaDiscoveryResponse) -> Result<Response, Malformed> {
    let said = wire.system_version_info.as_str();
    let body = match (wire.type_url.as_str(), dialect) {
        (HISTORY, Dialect::Strait) => ResponseBody::History { lineage: from_json("the history", said)? },
        (BEAT, Dialect::Strait) => ResponseBody::Beat { head: from_json("the head", said)? },
        (type_url, _) => {
            let kind = kind(type_url)?;
            let transfer = if dialect == Dialect::Kuma || said.is_empty() { None } else { Some(from_json("the transfer", said)?) };
            let put = wire.resources.into_iter().map(|wire| resource::from_wire(&kind, wire).map(Arc::new)).collect::<Result<_, _>>()?;
            let gone = wire.removed_resources.iter().map(|name| resource::named(&kind, name)).collect::<Result<_, _>>()?;
            ResponseBody::Resources { kind, nonce: Nonce(wire.nonce), put, gone, transfer }
        }
    };
    Ok(Response { lane, body })
}
