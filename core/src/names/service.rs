//! Which service.
use crate::resource::{Kind, Kri, MeshName, Resource, ZoneName, labels};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A service, the same wherever the resource lies that describes it, and whatever that is called there: copies of global's have a hash in
/// their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceId {
    /// Its mesh.
    pub mesh: MeshName,
    /// `MeshService`, or `MeshMultiZoneService`.
    pub kind: Kind,
    /// The zone that it is in; `None`: it is a union over zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneName>,
    /// The Kubernetes namespace that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// What its author calls it.
    pub name: String,
}

impl ServiceId {
    /// The service that a resource describes, as seen in zone `here`; `None` if it describes none.
    pub fn of(resource: &Resource, here: &ZoneName) -> Option<Self> {
        Self::in_zone(resource, |said| Some(said.unwrap_or_else(|| here.clone())))
    }

    /// The same, wherever it is seen; `None` also if the resource does not say in which zone the service is.
    pub(crate) fn said_by(resource: &Resource) -> Option<Self> {
        Self::in_zone(resource, |said| said)
    }

    fn in_zone(resource: &Resource, zone: impl FnOnce(Option<ZoneName>) -> Option<ZoneName>) -> Option<Self> {
        let zone = match resource.kind().as_str() {
            "MeshService" => Some(zone(resource.zone())?),
            "MeshMultiZoneService" => None,
            _ => return None,
        };
        Some(Self {
            mesh: resource.mesh()?.clone(),
            kind: resource.kind().clone(),
            zone,
            namespace: resource.labels.get(labels::NAMESPACE).filter(|namespace| !namespace.is_empty()).cloned(),
            name: resource.display_name().to_owned(),
        })
    }

    /// What identifies its resource wherever it lies. It names the zone also where the resource itself does not.
    pub fn kri(&self) -> Kri {
        Kri {
            kind: self.kind.clone(),
            mesh: Some(self.mesh.clone()),
            zone: self.zone.as_ref().map(ToString::to_string).unwrap_or_default(),
            namespace: self.namespace.clone().unwrap_or_default(),
            name: self.name.clone(),
        }
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.mesh, self.name)?;
        if let Some(namespace) = &self.namespace {
            write!(f, ".{namespace}")?;
        }
        match &self.zone {
            Some(zone) => write!(f, " of {zone}"),
            None => f.write_str(" of all zones"),
        }
    }
}
