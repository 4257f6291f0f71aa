//! `Secret` and `GlobalSecret`: bytes that only their owner understands.
use super::{
    field::{self, Unknown},
    path::{Path, Violations},
};
use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The spec of a secret. Its bytes do not show in debug output.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Secret {
    /// The bytes, in base64.
    #[serde(deserialize_with = "field::or_default", skip_serializing_if = "String::is_empty")]
    pub data: String,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl Secret {
    /// The bytes. Takes both alphabets of base64, with or without padding, as the JSON mapping of protobuf wants it.
    ///
    /// # Errors
    /// Not base64.
    pub fn bytes(&self) -> Result<Vec<u8>, base64::DecodeError> {
        let lenient =
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
        let alphabet = if self.data.contains(['-', '_']) { URL_SAFE } else { STANDARD };
        // Go passes over line breaks.
        let text: String = self.data.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        GeneralPurpose::new(&alphabet, lenient).decode(text)
    }

    pub(super) fn check(&self, found: &mut Violations) {
        if let Err(error) = self.bytes() {
            found.add(&Path::Root.field("data"), format!("must be base64: {error}"));
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("data", &format_args!("{} characters", self.data.len())).finish_non_exhaustive()
    }
}
