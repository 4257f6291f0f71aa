//! A decoded spec that stays text until somebody reads a field of it: of what a store holds, most is only kept and passed on, and as text it
//! takes a tenth of the memory and of the time.
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value, value::RawValue};
use std::{borrow::Cow, fmt, io, marker::PhantomData, sync::OnceLock};

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
    fn for_a_moment(&self) -> Cow<'_, Value> {
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

fn json_len(value: &Value) -> usize {
    let mut counted = Counted(0);
    // Counting fails on nothing.
    let _ = serde_json::to_writer(&mut counted, value);
    counted.0
}

struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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

/// A value as it stands there: [`Value`] itself takes a map whose first key is the name that [`RawValue`] has within serde for something else.
struct Plain(Value);

/// Something of which a [`Plain`] can be made, without making it.
struct Sound;

/// What is made of what is read.
trait Made: Sized + for<'de> Deserialize<'de> {
    fn scalar(value: impl FnOnce() -> Value) -> Self;
    fn list<'de, A: de::SeqAccess<'de>>(items: A) -> Result<Self, A::Error>;
    fn map<'de, A: de::MapAccess<'de>>(entries: A) -> Result<Self, A::Error>;
}

impl Made for Plain {
    fn scalar(value: impl FnOnce() -> Value) -> Self {
        Self(value())
    }

    fn list<'de, A: de::SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        let mut list = Vec::new();
        while let Some(Self(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Self(list.into()))
    }

    fn map<'de, A: de::MapAccess<'de>>(mut entries: A) -> Result<Self, A::Error> {
        let mut map = Map::new();
        while let Some((key, Self(value))) = entries.next_entry::<String, Self>()? {
            map.insert(key, value);
        }
        Ok(Self(map.into()))
    }
}

impl Made for Sound {
    fn scalar(_: impl FnOnce() -> Value) -> Self {
        Self
    }

    fn list<'de, A: de::SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(Self)
    }

    fn map<'de, A: de::MapAccess<'de>>(mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<Self, Self>()?.is_some() {}
        Ok(Self)
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look(PhantomData))
    }
}

struct Look<M>(PhantomData<M>);

impl<'de, M: Made> de::Visitor<'de> for Look<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<M, E> {
        Ok(M::scalar(|| value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<M, E> {
        Ok(M::scalar(|| value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<M, E> {
        Ok(M::scalar(|| value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<M, E> {
        Ok(M::scalar(|| value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<M, E> {
        Ok(M::scalar(|| value.into()))
    }

    fn visit_unit<E>(self) -> Result<M, E> {
        Ok(M::scalar(|| Value::Null))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, items: A) -> Result<M, A::Error> {
        M::list(items)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, entries: A) -> Result<M, A::Error> {
        M::map(entries)
    }
}
