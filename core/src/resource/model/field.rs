//! How single fields are read: as leniently as Kuma reads them, where `null` is "not set" and a number may be a text.
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The fields that we do not know, kept.
pub(super) type Unknown = Map<String, Value>;

/// `null` is the default.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whether a field of a protobuf kind says nothing: there, unset and empty are the same.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An unsigned integer; the JSON mapping of protobuf also allows a text, and a fraction of zero.
pub(super) fn uint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(optional_uint(deserializer)?.unwrap_or_default())
}

/// Like [`uint`], where unset and 0 differ (`UInt32Value`).
pub(super) fn optional_uint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
    match number {
        Some(number) if number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number) => Ok(Some(number as u32)),
        _ => Err(Error::custom("must be a whole number from 0 to 4294967295")),
    }
}

/// A number, or a text that is one (`DoubleValue`).
pub(super) fn optional_double<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let number = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite()).map(Some).ok_or_else(|| Error::custom("must be a number"))
}

/// A map of texts; `null` is the empty text.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(optional_texts(deserializer)?.unwrap_or_default())
}

/// Like [`texts`], where unset and empty differ.
pub(super) fn optional_texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let texts = Option::<BTreeMap<String, Option<String>>>::deserialize(deserializer)?;
    Ok(texts.map(|texts| texts.into_iter().map(|(key, text)| (key, text.unwrap_or_default())).collect()))
}

/// A value of a protobuf enum: a name that is known, or the number of one that is not.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum OrNumber<T> {
    /// One that is known.
    Known(T),
    /// The number of one that a newer peer knows.
    Number(i64),
}

impl<T: Default> Default for OrNumber<T> {
    fn default() -> Self {
        Self::Known(T::default())
    }
}

impl<T: PartialEq> OrNumber<T> {
    /// Whether it is this one.
    pub fn is(&self, value: &T) -> bool {
        matches!(self, Self::Known(known) if known == value)
    }
}

/// A protobuf enum, which tells its values in the order of their numbers.
pub(super) trait Numbered: Sized + Clone + 'static {
    const IN_ORDER: &'static [Self];
}

impl<'de, T: Numbered + Default + Deserialize<'de>> Deserialize<'de> for OrNumber<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self::default()),
            Value::Number(number) => {
                let number = number.as_i64().ok_or_else(|| Error::custom("must be a name or a whole number"))?;
                let known = usize::try_from(number).ok().and_then(|index| T::IN_ORDER.get(index));
                Ok(known.map_or(Self::Number(number), |known| Self::Known(known.clone())))
            }
            Value::String(name) => T::deserialize(serde::de::value::StringDeserializer::<D::Error>::new(name)).map(Self::Known),
            _ => Err(Error::custom("must be a name or a whole number")),
        }
    }
}
