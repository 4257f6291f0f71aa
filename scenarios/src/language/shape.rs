//! What the argument of a verb or a condition looks like: for its check, for the JSON Schema, and for the documentation.
use serde_json::{Map, Value, json};

/// The shape of one value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// `global` or a zone.
    ControlPlane,
    /// A zone.
    Zone,
    /// A proxy, with its workload: `ZONE/NAME`.
    Proxy,
    /// An ingress: `ZONE/NAME`.
    Ingress,
    /// A proxy, or `outside`: a host that is in no mesh.
    ProxyOrOutside,
    /// A control plane, or a proxy.
    ControlPlaneOrProxy,
    /// What can end and come back: a control plane, a proxy, a forwarder.
    Process,
    /// `all`, or zones.
    Zones,
    /// A link: its name, or `[global, ZONE]`.
    Link,
    /// A duration with its unit.
    Duration,
    /// A whole number.
    Number,
    /// `true`, or left out.
    Flag,
    /// A text.
    Text,
    /// The kind of a resource.
    Kind,
    /// Kinds of resources.
    Kinds,
    /// Some of these words.
    Choices(&'static [&'static str]),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Kuma YAML, as a text or as a map.
    Resource,
    /// Any map.
    Anything,
    /// A size: `20kB`, or `1.25 x changed`.
    Size,
    /// A size alone: `20kB`.
    Bytes,
    /// A share of all packets: `2%`.
    Share,
    /// Bytes per second: `1kB/s`.
    Rate,
    /// A map of these fields.
    Fields(&'static [Field]),
    /// What can end and come back alone, or a map of these fields.
    ProcessOr(&'static [Field]),
    /// A control plane alone, or a map of these fields.
    ControlPlaneOr(&'static [Field]),
    /// A zone alone, or a map of these fields.
    ZoneOr(&'static [Field]),
}

/// One field of a map.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
}

/// A field that must be there.
pub const fn need(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

/// A field that may be there.
pub const fn may(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

impl Shape {
    /// The names of its fields.
    pub(crate) fn names(self) -> Vec<&'static str> {
        match self {
            Self::Fields(fields) | Self::ProcessOr(fields) | Self::ControlPlaneOr(fields) | Self::ZoneOr(fields) => {
                fields.iter().map(|field| field.name).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Its JSON Schema.
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::ControlPlane => json!({"type": "string", "description": "`global` or a zone"}),
            Self::Zone => json!({"type": "string", "description": "a zone of the topology"}),
            Self::Proxy => json!({"type": "string", "description": "`ZONE/NAME`: a proxy of the topology"}),
            Self::Ingress => json!({"type": "string", "description": "`ZONE/NAME`: an ingress of the topology"}),
            Self::ProxyOrOutside => json!({"type": "string", "description": "`ZONE/NAME`: a proxy of the topology; or `outside`"}),
            Self::ControlPlaneOrProxy => json!({"type": "string", "description": "`global`, a zone, or `ZONE/NAME`: a proxy"}),
            Self::Process => json!({"type": "string", "description": "`global`, a zone, or `ZONE/NAME`: a proxy or a forwarder"}),
            Self::Zones => json!({"anyOf": [{"const": "all"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
            Self::Link => json!({"oneOf": [
                {"type": "string", "description": "a link of the topology"},
                {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
            ]}),
            Self::Duration => json!({"type": "string", "description": "such as `200ms`, `10s`, `1m 30s`"}),
            Self::Number => json!({"type": "integer", "minimum": 0}),
            Self::Flag => json!({"const": true}),
            Self::Text => json!({"type": "string"}),
            Self::Kind => json!({"type": "string", "description": "such as `MeshTimeout`"}),
            Self::Kinds => json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
            Self::Choices(words) => json!({"type": "array", "items": {"enum": words}, "minItems": 1}),
            Self::Choice(words) => json!({"enum": words}),
            Self::Resource => json!({"oneOf": [{"type": "string"}, {"type": "object"}], "description": "Kuma YAML"}),
            Self::Anything => json!({"type": "object"}),
            Self::Size => json!({"type": "string", "description": "such as `20kB` or `1.25 x changed`"}),
            Self::Bytes => json!({"type": "string", "description": "such as `20kB` or `1MB`"}),
            Self::Share => json!({"type": "string", "description": "such as `2%` or `0.1%`"}),
            Self::Rate => json!({"type": "string", "description": "such as `1kB/s` or `2.5MB/s`"}),
            Self::Fields(fields) => object(fields),
            Self::ProcessOr(fields) => json!({"oneOf": [Self::Process.schema(), object(fields)]}),
            Self::ControlPlaneOr(fields) => json!({"oneOf": [Self::ControlPlane.schema(), object(fields)]}),
            Self::ZoneOr(fields) => json!({"oneOf": [Self::Zone.schema(), object(fields)]}),
        }
    }
}

/// The JSON Schema of a map of these fields, and no others.
pub(crate) fn object(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|field| (field.name.to_owned(), field.shape.schema())).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
