//! `MeshMultiZoneService`: the union of services of several zones.
use super::{LabelSelector, ServicePort, field::Unknown};
use serde::{Deserialize, Serialize};

/// The spec of a `MeshMultiZoneService`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshMultiZoneService {
    /// Of which services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<UnionSelector>,
    /// Where it is reached. A port is that of the same name, or number if it has none, of each service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<ServicePort>>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which services of zones a union is of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct UnionSelector {
    /// `MeshService`s with these labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh_service: Option<LabelSelector>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}
