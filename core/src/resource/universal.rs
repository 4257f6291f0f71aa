//! Kuma's universal form: what users write in files and over HTTP, as YAML or JSON.
//!
//! `type`, `mesh`, `name`, `labels`, then the spec: below `spec` for JSON kinds, beside the others for protobuf kinds (the
//! proto3 JSON mapping). Fields that a control plane adds on output are dropped on input.
mod json;
mod yaml;

pub use json::{from_json, key_from_json, to_json};
pub use yaml::{from_yaml, to_yaml};

use std::fmt;

/// Why a text is not a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Which document of a file, counted from 1.
    pub document: Option<usize>,
    /// Which line of the file, counted from 1, where that is known.
    pub line: Option<usize>,
    /// Which field.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl ParseError {
    fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { document: None, line: None, field: field.into(), message: message.into() }
    }
}

impl std::error::Error for ParseError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        } else if let Some(document) = self.document {
            write!(f, "document {document}: ")?;
        }
        if self.field.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.field, self.message) }
    }
}
