//! What identifies a resource in a store, and on the wire.
use super::{Kind, MeshName, ResourceName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What identifies a resource within one control plane.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Its kind.
    pub kind: Kind,
    /// Its mesh; `None` for a kind that belongs to none.
    pub mesh: Option<MeshName>,
    /// Its name in this control plane.
    pub name: ResourceName,
}

/// What identifies a resource between two control planes: like [`Key`], with the name it has on the wire (mostly hashed).
pub type WireKey = Key;

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mesh {
            Some(mesh) => write!(f, "{} {mesh}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
