//! `Zone`: what an operator says of a zone.
use super::{
    field::Unknown,
    path::{Path, Violations},
};
use crate::resource::{Resource, ZoneName};
use serde::{Deserialize, Serialize};

/// The spec of a `Zone`. Its labels are what a `MeshZones` selects by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct Zone {
    /// `false`: what the zone exports is withheld from the other zones. Unset: enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

pub(super) fn check(resource: &Resource, found: &mut Violations) {
    if let Err(why) = ZoneName::new(resource.key.name.as_str()) {
        found.add(&Path::Root.field("name"), why.to_string());
    }
}
