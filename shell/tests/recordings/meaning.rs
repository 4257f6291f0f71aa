//! What a message means: without ids, versions and times.
use super::wire::Wire;
use prost::Message as _;
use prost_types::{Any, Struct, Value, value::Kind as Of};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use strait_proto::{
    kds::{self, DeltaDiscoveryRequest, DeltaDiscoveryResponse, KUMA_RESOURCE_TYPE_URL, KumaResource, stats_response},
    spec_codec,
};

/// What a message means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meaning {
    /// A consumer asks for all of a kind.
    Asks { node: Asker },
    /// A consumer took a response, or refused something of it. Which: by the provider's nonce.
    Answers { zone: String, nonce: String, refuses: bool },
    /// A provider tells.
    Tells { provider: String, put: BTreeMap<String, Told>, gone: BTreeSet<String> },
    /// A zone is there.
    IsThere,
    /// How often a zone is to say so, in seconds; 0: as it likes.
    BeThere { every_seconds: i64 },
    /// Something is wanted to be known of a proxy.
    Wants { kind: String, name: String, mesh: String },
    /// That is told, or why not.
    Shows { request: String, is_error: bool },
}

/// Who asks, and what it understands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asker {
    pub(crate) zone: String,
    pub(crate) names: Vec<String>,
    pub(crate) features: BTreeSet<String>,
    /// Which of the other fields it fills in.
    pub(crate) fields: BTreeSet<String>,
    /// What its store is, if it says how it is configured.
    pub(crate) store: Option<String>,
}

/// A resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) name: String,
    pub(crate) mesh: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) spec: Content,
    pub(crate) status: Option<Content>,
}

/// A spec or a status.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    /// Without a type.
    Json(Json),
    /// A protobuf message by its name, as JSON.
    Message(String, Json),
    /// A message that is not known here.
    Bytes(Any),
}

impl Content {
    fn of(any: &Any) -> Self {
        if any.type_url.is_empty() {
            return Self::Json(serde_json::from_slice(&any.value).unwrap());
        }
        let message = any.type_url.strip_prefix("type.googleapis.com/").expect("a type is named as Kuma names it");
        match spec_codec::decode(message, &any.value) {
            Ok(json) => Self::Message(message.to_owned(), json),
            Err(_) => Self::Bytes(any.clone()),
        }
    }

    pub(crate) fn json(&self) -> &Json {
        match self {
            Self::Json(json) | Self::Message(_, json) => json,
            Self::Bytes(any) => panic!("{} is not known here", any.type_url),
        }
    }
}

/// What a message means.
pub(crate) fn of(wire: &Wire) -> Meaning {
    match wire {
        Wire::Request(request) => of_request(request),
        Wire::Response(response) => of_response(response),
        Wire::HealthCheck => Meaning::IsThere,
        Wire::HealthAnswer(answer) => Meaning::BeThere { every_seconds: answer.interval.unwrap_or_default().seconds },
        Wire::Ask(ask) => {
            Meaning::Wants { kind: ask.resource_type.clone(), name: ask.resource_name.clone(), mesh: ask.resource_mesh.clone() }
        }
        Wire::Answer(answer) => Meaning::Shows {
            request: answer.request_id.clone(),
            is_error: matches!(&answer.result, Some(stats_response::Result::Error(why)) if !why.is_empty()),
        },
    }
}

fn of_request(request: &DeltaDiscoveryRequest) -> Meaning {
    // A Kuma does not survive a request without.
    let node = request.node.as_ref().expect("every request has a node");
    assert!(request.resource_names_unsubscribe.is_empty() && request.initial_resource_versions.is_empty());
    if request.response_nonce.is_empty() {
        assert!(request.error_detail.is_none(), "a refusal names what it refuses");
        let metadata = node.metadata.as_ref().expect("the first request of a kind says who asks");
        return Meaning::Asks { node: asker(&node.id, &request.resource_names_subscribe, metadata) };
    }
    Meaning::Answers { zone: node.id.clone(), nonce: request.response_nonce.clone(), refuses: request.error_detail.is_some() }
}

fn asker(id: &str, names: &[String], metadata: &Struct) -> Asker {
    let field = |name: &str| metadata.fields.get(name).and_then(|value| value.kind.as_ref());
    let text = |value: &Value| if let Some(Of::StringValue(text)) = &value.kind { text.clone() } else { panic!("{value:?} is no text") };
    let features = match field("features") {
        Some(Of::ListValue(list)) => list.values.iter().map(text).collect(),
        _ => BTreeSet::new(),
    };
    let mut fields: BTreeSet<String> = metadata.fields.keys().cloned().collect();
    if let Some(Of::StructValue(version)) = field("version")
        && let Some(Of::StructValue(version)) = version.fields.get("kumaCp").and_then(|value| value.kind.as_ref())
    {
        fields.extend(version.fields.keys().map(|name| format!("version.kumaCp.{name}")));
    }
    let config = match field("config") {
        Some(Of::StringValue(config)) if !config.is_empty() => serde_json::from_str(config).unwrap(),
        _ => Json::Null,
    };
    let store = config["store"]["type"].as_str().map(str::to_owned);
    Asker { zone: id.to_owned(), names: names.to_vec(), features, fields, store }
}

fn of_response(response: &DeltaDiscoveryResponse) -> Meaning {
    assert!(response.system_version_info.is_empty() && !response.nonce.is_empty());
    let provider = response.control_plane.as_ref().map_or_else(String::new, |provider| provider.identifier.clone());
    let put = response.resources.iter().map(|resource| (resource.name.clone(), told(resource))).collect();
    Meaning::Tells { provider, put, gone: response.removed_resources.iter().cloned().collect() }
}

/// A resource as it was told.
pub(crate) fn told(resource: &kds::Resource) -> Told {
    let any = resource.resource.as_ref().expect("a resource has its content");
    assert_eq!(any.type_url, KUMA_RESOURCE_TYPE_URL);
    assert_eq!(resource.version.len(), 64, "a version is a SHA-256 in hex");
    let kuma = KumaResource::decode(any.value.as_slice()).unwrap();
    let meta = kuma.meta.expect("a resource has its meta");
    assert_eq!(resource.name, format!("{}.{}", meta.name, meta.mesh));
    Told {
        name: meta.name,
        mesh: meta.mesh,
        labels: meta.labels,
        // A Kuma does not survive a resource without.
        spec: Content::of(&kuma.spec.expect("a resource has its spec")),
        status: kuma.status.as_ref().map(Content::of),
    }
}
