//! `MeshZones`: which zones hold a mesh, and with it everything that is in it. Written on global, and never sent anywhere.
use super::{
    LabelSelector,
    field::Unknown,
    path::{Path, Violations},
};
use crate::resource::ZoneName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The spec of a `MeshZones`. Exactly one of the two is set. Of several in one mesh, each adds its zones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, expecting = "a map")]
pub struct MeshZones {
    /// These, by name; they need not have connected yet. Empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<String>>,
    /// Those whose `Zone` has these labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone_selector: Option<LabelSelector>,
    /// Fields that we do not know.
    #[serde(flatten)]
    pub unknown: Unknown,
}

impl MeshZones {
    pub(super) fn check(&self, found: &mut Violations) {
        let spec = Path::Root.field("spec");
        let set = usize::from(self.zones.is_some()) + usize::from(self.zone_selector.is_some());
        found.add_if(set != 1, &spec, format!("exactly one of `zones`, `zoneSelector` must be set; {set} are"));
        for field in self.unknown.keys() {
            // A mistyped field would give the mesh to nobody, or to more than was meant.
            found.add(&spec.field(field), "is no field of MeshZones: allowed are `zones`, `zoneSelector`");
        }
        if let Some(selector) = &self.zone_selector {
            let at = spec.field("zoneSelector");
            for field in selector.unknown.keys() {
                found.add(&at.field(field), "is no field of a selector: allowed is `matchLabels`");
            }
            found.add_if(selector.match_labels.is_none(), &at.field("matchLabels"), "must be set; empty, it selects every zone");
        }
        let at = spec.field("zones");
        let mut seen = BTreeSet::new();
        for (index, zone) in self.zones.iter().flatten().enumerate() {
            if let Err(why) = ZoneName::new(zone) {
                found.add(&at.index(index), why.to_string());
            }
            found.add_if(!seen.insert(zone), &at.index(index), format!("`{zone}` stands twice"));
        }
    }
}
