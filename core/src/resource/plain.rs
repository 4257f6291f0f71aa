//! Reading JSON as it stands there: into a value, or only to see that it could be.
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};
use std::{fmt, marker::PhantomData};

/// A value as it stands there: [`Value`] itself takes a map whose first key is the name that `RawValue` has within serde for something else.
pub(super) struct Plain(pub(super) Value);

/// Something of which a [`Plain`] can be made, without making it.
pub(super) struct Sound;

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
