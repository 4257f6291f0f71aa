//! A token, which is never printed by accident.
use std::fmt;

/// A token as it travels. Shown only on demand.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// What somebody was given.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// In clear.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}
