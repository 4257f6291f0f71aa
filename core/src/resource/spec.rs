//! A resource's spec: decoded where we can, with the peer's bytes beside it, so that nothing unknown is lost.
use super::text::Content;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::{borrow::Cow, sync::Arc};

/// What a resource says.
///
/// Cheap to copy: copies share the decoded form and the bytes.
///
/// Two decoded specs are equal when their decoded forms are, two opaque ones when their bytes are; no others are equal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The decoded form: JSON, or the proto3 JSON mapping of a protobuf message. `Err` says why the bytes could not be
    /// decoded; `Ok(None)` is a kind that is only relayed.
    #[serde(with = "decoded")]
    decoded: Result<Option<Arc<Content>>, String>,
    /// The bytes as a peer sent them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    raw: Option<Arc<RawSpec>>,
}

/// The bytes of a spec as a peer sent them (`google.protobuf.Any`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawSpec {
    /// `type.googleapis.com/…` for protobuf, empty for JSON.
    pub type_url: String,
    /// The value.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Vec<u8>,
}

impl RawSpec {
    /// The bytes as text.
    pub(super) fn to_base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }

    /// The bytes from text, or what is wrong with it.
    pub(super) fn from_base64(type_url: &str, bytes: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(bytes).map_err(|error| format!("must be base64: {error}"))?;
        Ok(Self { type_url: type_url.to_owned(), bytes })
    }
}

impl Spec {
    /// A spec written here.
    pub fn new(value: Value) -> Self {
        Self { decoded: Ok(Some(Arc::new(Content::new(value)))), raw: None }
    }

    /// A spec that a peer sent and that was decoded.
    pub fn received(value: Value, raw: RawSpec) -> Self {
        Self { decoded: Ok(Some(Arc::new(Content::new(value)))), raw: Some(Arc::new(raw)) }
    }

    /// A spec of a kind that nobody here knows.
    pub fn opaque(raw: RawSpec) -> Self {
        Self { decoded: Ok(None), raw: Some(Arc::new(raw)) }
    }

    /// A spec whose bytes cannot be decoded. It is refused by name, and never stored.
    pub fn undecodable(raw: RawSpec, why: String) -> Self {
        Self { decoded: Err(why), raw: Some(Arc::new(raw)) }
    }

    /// The decoded form, if there is one.
    pub fn value(&self) -> Option<&Value> {
        self.decoded.as_ref().ok().and_then(Option::as_deref).map(Content::value)
    }

    /// The decoded form, for whoever needs it but once: it is not kept.
    pub(crate) fn for_a_moment(&self) -> Option<Cow<'_, Value>> {
        self.decoded.as_ref().ok().and_then(Option::as_deref).map(Content::for_a_moment)
    }

    /// Why the bytes could not be decoded.
    pub fn undecodable_because(&self) -> Option<&str> {
        self.decoded.as_ref().err().map(String::as_str)
    }

    /// The bytes as the peer sent them. Where [`Self::value`] was changed since, they still carry what we do not know.
    pub fn raw(&self) -> Option<&RawSpec> {
        self.raw.as_deref()
    }

    /// About how many bytes it takes on the wire.
    pub(crate) fn len(&self) -> usize {
        match (&self.raw, &self.decoded) {
            (Some(raw), _) => raw.bytes.len(),
            (None, Ok(Some(content))) => content.len(),
            (None, _) => 0,
        }
    }

    /// The same spec with another decoded form; the peer's bytes stay beside it for what they hold beyond it.
    pub fn with_value(&self, value: Value) -> Self {
        Self { decoded: Ok(Some(Arc::new(Content::new(value)))), raw: self.raw.clone() }
    }
}

impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        match (&self.decoded, &other.decoded) {
            (Ok(Some(mine)), Ok(Some(theirs))) => Arc::ptr_eq(mine, theirs) || mine == theirs,
            (Ok(None), Ok(None)) => self.raw == other.raw,
            _ => false,
        }
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// `{"value": …}`, `{"opaque": true}` or `{"undecodable": "why"}`.
mod decoded {
    use super::{Arc, Content, Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Form<V> {
        Value(V),
        Opaque(bool),
        Undecodable(String),
    }

    pub(super) fn serialize<S: Serializer>(decoded: &Result<Option<Arc<Content>>, String>, serializer: S) -> Result<S::Ok, S::Error> {
        match decoded {
            Ok(Some(content)) => Form::Value(content.as_ref()).serialize(serializer),
            Ok(None) => Form::<&Content>::Opaque(true).serialize(serializer),
            Err(why) => Form::<&Content>::Undecodable(why.clone()).serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Result<Option<Arc<Content>>, String>, D::Error> {
        Ok(match Form::<Content>::deserialize(deserializer)? {
            Form::Value(content) => Ok(Some(Arc::new(content))),
            Form::Opaque(_) => Ok(None),
            Form::Undecodable(why) => Err(why),
        })
    }
}
