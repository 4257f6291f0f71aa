//! One resource.
use super::{Key, Kind, Labels, MeshName, Origin, Spec, ZoneName, labels};
use serde::{Deserialize, Serialize};

/// One resource: what it is, its labels, what it says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Kind, mesh, name.
    pub key: Key,
    /// All labels, also those that we do not know.
    #[serde(default)]
    pub labels: Labels,
    /// What its author wants.
    pub spec: Spec,
    /// What a control plane observed; owned by the control plane that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Spec>,
}

impl Resource {
    /// The kind.
    pub fn kind(&self) -> &Kind {
        &self.key.kind
    }

    /// The mesh it belongs to.
    pub fn mesh(&self) -> Option<&MeshName> {
        self.key.mesh.as_ref()
    }

    /// The name its author gave it: the label `kuma.io/display-name`, else its name.
    pub fn display_name(&self) -> &str {
        self.labels.get(labels::DISPLAY_NAME).filter(|name| !name.is_empty()).map_or(self.key.name.as_str(), String::as_str)
    }

    /// Who made it, where the label says so.
    pub fn origin(&self) -> Option<Origin> {
        match self.labels.get(labels::ORIGIN).map(String::as_str) {
            Some("global") => Some(Origin::Global),
            Some("zone") => Some(Origin::Zone),
            _ => None,
        }
    }

    /// The zone that made it, where the label says so.
    pub fn zone(&self) -> Option<ZoneName> {
        self.labels.get(labels::ZONE).and_then(|zone| ZoneName::new(zone).ok())
    }
}
