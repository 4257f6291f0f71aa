//! Names that cannot be wrong once they exist: parse, don't validate.
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a {what}: {rule}", text.escape_debug())]
pub struct NameError {
    /// What was offered, cut to 80 characters.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
    /// What is allowed.
    pub rule: &'static str,
}

impl NameError {
    fn new(text: &str, what: &'static str, rule: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), what, rule }
    }
}

fn is_label_like(text: &str, max: usize, extra: &[u8]) -> bool {
    let edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    !bytes.is_empty()
        && bytes.len() <= max
        && bytes.iter().all(|byte| edge(*byte) || *byte == b'-' || extra.contains(byte))
        && bytes.first().is_some_and(|byte| edge(*byte))
        && bytes.last().is_some_and(|byte| edge(*byte))
}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $rule:literal, $max:literal, $extra:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $type(std::sync::Arc<str>);

        impl $type {
            /// Takes `text` if it is such a name.
            ///
            /// # Errors
            /// Says what is allowed.
            pub fn new(text: &str) -> Result<Self, NameError> {
                if is_label_like(text, $max, $extra) {
                    Ok(Self(text.into()))
                } else {
                    Err(NameError::new(text, $what, $rule))
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(&text)
            }
        }

        impl std::str::FromStr for $type {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }
    };
}

name!(
    /// The name of a zone: a DNS label (Kuma: a DNS name of at most 63 characters; 3.0: an RFC 1035 label).
    ZoneName, "zone name", "at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends", 63, b""
);
name!(
    /// The name of a mesh: an RFC 1123 label in which Kuma also allows `_`.
    MeshName, "mesh name", "at most 63 lower-case letters, digits, `-` and `_`, with a letter or digit at both ends", 63, b"_"
);
name!(
    /// The name of a resource: an RFC 1123 subdomain of at most 253 characters; Kuma's older kinds also allow `_`.
    ResourceName, "resource name", "at most 253 lower-case letters, digits, `-`, `.` and `_`, with a letter or digit at both ends", 253, b"._"
);
