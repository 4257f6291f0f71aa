//! The node metadata of requests: what Kuma's control planes say about themselves, and what Straits add.
use super::{Malformed, from_json, length, to_json};
use prost_types::{ListValue, Struct, Value, value::Kind as Of};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strait_core::{
    resource::WireKey,
    sync::{Lineage, Position, Staged},
};

/// Where a Strait's additions stand.
const STRAIT: &str = "strait";

/// What a Strait adds to a request.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Additions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lineage: Option<Lineage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<Position>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) staged: Option<Staged>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) rejected: Vec<WireKey>,
}

impl Additions {
    /// Puts them where Kuma does not look. Nothing, if there are none.
    pub(super) fn add_to(&self, metadata: &mut Struct) {
        if *self != Self::default() {
            metadata.fields.insert(STRAIT.to_owned(), text(to_json(self)));
        }
    }

    /// How long they are there.
    pub(super) fn len(&self) -> usize {
        if *self == Self::default() { 0 } else { length::entry(STRAIT, length::value(&to_json(self))) }
    }

    pub(super) fn of(metadata: Option<&Struct>) -> Result<Self, Malformed> {
        match metadata.and_then(|metadata| metadata.fields.get(STRAIT)).and_then(|value| value.kind.as_ref()) {
            None => Ok(Self::default()),
            Some(Of::StringValue(json)) => from_json("the node metadata `strait`", json),
            Some(_) => Err(Malformed("the node metadata `strait` is not a string".to_owned())),
        }
    }
}

/// How a zone is configured, as far as a plain Kuma global asks: only a store called `kubernetes` makes it name the zone's proxies otherwise.
pub(super) const ZONE_CONFIG: &str = r#"{"store":{"type":"redb"}}"#;

/// What a build is called.
const VERSION: [(&str, &str); 4] = [("version", env!("CARGO_PKG_VERSION")), ("gitTag", ""), ("gitCommit", ""), ("buildDate", "")];

/// What Kuma expects in the first request of a kind. Of a global's configuration it says nothing.
pub(super) fn of_kuma(instance: &str, config: &str, features: &BTreeSet<String>) -> Struct {
    let version = VERSION.map(|(key, value)| (key, text(value)));
    let features = features.iter().map(text).collect();
    fields([
        ("version", structure(fields([("kumaCp", structure(fields(version)))]))),
        ("config", text(config)),
        ("control-plane-id", text(instance)),
        ("features", Value { kind: Some(Of::ListValue(ListValue { values: features })) }),
    ])
}

/// How long that is.
pub(super) fn len_of_kuma(instance: &str, config: &str, features: &BTreeSet<String>) -> usize {
    let version = VERSION.iter().map(|(key, value)| length::entry(key, length::value(value))).sum();
    let features = features.iter().map(|feature| length::field(length::value(feature))).sum();
    length::entry("version", length::field(length::entry("kumaCp", length::field(version))))
        + length::entry("config", length::value(config))
        + length::entry("control-plane-id", length::value(instance))
        + length::entry("features", length::field(features))
}

/// The features that a peer says it has.
pub(super) fn features(metadata: Option<&Struct>) -> BTreeSet<String> {
    let Some(Of::ListValue(list)) = metadata.and_then(|metadata| metadata.fields.get("features")).and_then(|value| value.kind.as_ref())
    else {
        return BTreeSet::new();
    };
    let name = |value: &Value| if let Some(Of::StringValue(name)) = &value.kind { Some(name.clone()) } else { None };
    list.values.iter().filter_map(name).collect()
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Struct {
    Struct { fields: fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect() }
}

fn structure(fields: Struct) -> Value {
    Value { kind: Some(Of::StructValue(fields)) }
}

fn text(text: impl Into<String>) -> Value {
    Value { kind: Some(Of::StringValue(text.into())) }
}
