//! What an operator tells a control plane.
use crate::resource::ZoneName;
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
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adopt => f.write_str("adopt"),
            Self::AdoptZone(zone) => write!(f, "adopt zone {zone}"),
            Self::Admit(zone) => write!(f, "admit {zone}"),
        }
    }
}
