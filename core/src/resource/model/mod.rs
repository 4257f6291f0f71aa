//! Kinds whose specs we understand.
use super::Resource;

/// What is wrong with a resource: field and message.
pub fn validate(_resource: &Resource) -> Vec<(String, String)> {
    Vec::new()
}
