//! A decoded spec that stays text until somebody reads a field of it: of what a store holds, most is only kept and passed on, and as text it
//! takes a tenth of the memory and of the time.
use super::{
    json_len::json_len,
    plain::{Plain, Sound},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, fmt, sync::OnceLock};

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

    /// How long its text is, in bytes.
    pub(super) fn len(&self) -> usize {
        self.text.as_ref().map_or_else(|| json_len(self.value()), |text| text.get().len())
    }

    /// The value, for whoever needs it but once.
    pub(super) fn for_a_moment(&self) -> Cow<'_, Value> {
        match (self.value.get(), &self.text) {
            (None, Some(text)) => Cow::Owned(parse(text)),
            _ => Cow::Borrowed(self.value()),
        }
    }

    /// The value. Reading it for the first time costs what parsing does.
    pub(super) fn value(&self) -> &Value {
        self.value.get_or_init(|| parse(self.text.as_ref().expect("there is a text where there is no value")))
    }
}

fn parse(text: &RawValue) -> Value {
    serde_json::from_str::<Plain>(text.get()).expect("it was seen to be a value when it was read").0
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        let same_text = matches!((&self.text, &other.text), (Some(mine), Some(theirs)) if mine.get() == theirs.get());
        // What was parsed only to be compared is not kept.
        same_text || *self.for_a_moment() == *other.for_a_moment()
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
        self.for_a_moment().serialize(serializer)
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
