//! What secrets hold that have to do with tokens.
use strait_core::resource::{
    Key, Resource,
    model::{self, Model},
};

/// What a secret holds cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct BadSecret {
    /// Which.
    pub key: Key,
    /// Why.
    pub why: String,
}

/// The bytes that a secret holds.
pub(super) fn bytes(resource: &Resource) -> Result<Vec<u8>, String> {
    let secret = resource.spec.value().and_then(|spec| model::parse(resource.kind(), spec).ok().flatten());
    match secret {
        Some(Model::Secret(secret)) if !secret.data.is_empty() => {
            secret.bytes().map_err(|error| format!("its data is not base64: {error}"))
        }
        _ => Err("it has no data".to_owned()),
    }
}
