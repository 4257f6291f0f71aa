//! A decoded spec that stays text until somebody reads a field of it: of what a store holds, most is only kept and passed on, and as text it
//! takes a tenth of the memory and of the time.
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, value::RawValue};
use std::{fmt, sync::OnceLock};

/// A decoded spec, as text, as a value, or both.
#[derive(Clone)]
pub(super) struct Content {
    /// As it was read; it is known to be a value.
    text: Option<Box<RawValue>>,
    value: OnceLock<Value>,
}

impl Content {
    pub(super) fn new(value: Value) -> Self {
        Self { text: None, value: OnceLock::from(value) }
    }

    /// The value. Reading it for the first time costs what parsing does.
    pub(super) fn value(&self) -> &Value {
        self.value.get_or_init(|| parse(self.text.as_ref().expect("there is a text where there is no value")))
    }
}

fn parse(text: &RawValue) -> Value {
    serde_json::from_str(text.get()).expect("it was seen to be a value when it was read")
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        let same_text = matches!((&self.text, &other.text), (Some(mine), Some(theirs)) if mine.get() == theirs.get());
        same_text || self.value() == other.value()
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(f)
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // As the value, for whoever is no JSON; and it is not kept: who lists everything needs each but once.
        match (self.value.get(), &self.text) {
            (None, Some(text)) => parse(text).serialize(serializer),
            _ => self.value().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        // What is skipped is hardly looked at: a value may be too deep, or have a number that none of ours can hold.
        serde_json::from_str::<Sound>(text.get()).map_err(de::Error::custom)?;
        Ok(Self { text: Some(text), value: OnceLock::new() })
    }
}

/// Something of which a [`Value`] can be made, without making it.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

struct Look;

impl<'de> de::Visitor<'de> for Look {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_str<E>(self, _: &str) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_unit<E>(self) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Sound, A::Error> {
        while items.next_element::<Sound>()?.is_some() {}
        Ok(Sound)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Sound, A::Error> {
        while entries.next_entry::<Sound, Sound>()?.is_some() {}
        Ok(Sound)
    }
}
