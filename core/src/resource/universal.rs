//! Kuma's universal form: what users write in files and over HTTP, as YAML or JSON.
use super::Resource;

/// Why a text is not a resource.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ParseError {
    /// Which field.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// placeholder
pub fn from_json(_value: &serde_json::Value) -> Result<Resource, ParseError> {
    todo!()
}
/// placeholder
pub fn to_json(_resource: &Resource) -> serde_json::Value {
    todo!()
}
/// placeholder
pub fn from_yaml(_text: &str) -> Result<Vec<Resource>, ParseError> {
    todo!()
}
/// placeholder
pub fn to_yaml(_resource: &Resource) -> String {
    todo!()
}
