//! What an operator tells a control plane.
use crate::resource::{MeshName, ResourceName, ZoneName};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an operator tells a control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// On global: this history is the truth. Zones that froze because of it are reset to it, and plain Kuma zones are answered
    /// again. In a zone: take what a plain Kuma global says, although the zone froze.
    Adopt,
    /// On global: what this zone announces now is the truth, although its history has forked.
    AdoptZone(ZoneName),
    /// On global: answer this plain Kuma zone, which sends no token.
    Admit(ZoneName),
    /// On global: what this zone exports reaches the other zones, and its store is let in again if it had been removed.
    Enable(ZoneName),
    /// On global: what this zone exports is withheld from the other zones. Its own session goes on.
    Disable(ZoneName),
    /// On global: this zone is no more. What it announced goes, here and everywhere, and its store is refused from now on; another store
    /// may take the name.
    Remove(ZoneName),
    /// In a zone: another authority takes the place of the one that vouches for its proxies, with a time in which both are trusted.
    Rotate {
        /// In which mesh.
        mesh: MeshName,
        /// By which `MeshIdentity`, as its author calls it. May be left out where the zone has authorities of one only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<ResourceName>,
        /// How long both are trusted before the new one signs, in seconds, from when global has acknowledged the new one; at least
        /// [`SHORTEST_OVERLAP`](super::SHORTEST_OVERLAP). If left out, as long as a certificate of the old one may be valid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        overlap_seconds: Option<u64>,
    },
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adopt => f.write_str("adopt"),
            Self::AdoptZone(zone) => write!(f, "adopt zone {zone}"),
            Self::Admit(zone) => write!(f, "admit {zone}"),
            Self::Enable(zone) => write!(f, "enable {zone}"),
            Self::Disable(zone) => write!(f, "disable {zone}"),
            Self::Remove(zone) => write!(f, "remove {zone}"),
            Self::Rotate { mesh, identity: Some(identity), .. } => write!(f, "rotate {mesh}/{identity}"),
            Self::Rotate { mesh, identity: None, .. } => write!(f, "rotate {mesh}"),
        }
    }
}
