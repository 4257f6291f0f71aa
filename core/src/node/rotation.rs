//! What may be known of the rotation of an authority.
use crate::resource::Key;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// The shortest time in which both authorities are trusted before the new one signs. So long it may take at most until a zone whose link to
/// global is whole holds what global holds ([`converge_within`](crate::sync::clocks::converge_within), on a link with a round trip of a second), and its proxies know it.
pub const SHORTEST_OVERLAP: Duration = Duration::from_secs(30);

/// How far the rotation of an authority is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationStatus {
    /// What is going on.
    pub phase: RotationPhase,
    /// What has to come before it goes on.
    pub waits_for: RotationWait,
}

/// The phases of a rotation, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationPhase {
    /// Another authority is made.
    Making,
    /// Both are trusted, and the old one signs: it has to become known everywhere that the new one is trusted.
    Spreading,
    /// Both are trusted, and the new one signs: certificates of the old one may still be valid.
    Reissuing,
}

/// What a rotation waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationWait {
    /// The new authority.
    Authority,
    /// A `MeshTrust` that says what is to be trusted, which cannot be written (why). It is tried again.
    Trust(String),
    /// That global acknowledges the `MeshTrust`.
    Global,
    /// The time in which both are trusted before the new one signs.
    Overlap,
    /// A proxy of the zone that has not taken whom to trust: it is slow, refuses something, or has yet to come back after a restart.
    Proxy(Key),
    /// The time until the last certificate of the old one has run out.
    Certificates,
}

impl fmt::Display for RotationPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Making => "making",
            Self::Spreading => "spreading",
            Self::Reissuing => "reissuing",
        })
    }
}

impl fmt::Display for RotationWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authority => f.write_str("the new authority"),
            Self::Trust(why) => write!(f, "a MeshTrust that cannot be written: {why}"),
            Self::Global => f.write_str("global to acknowledge the MeshTrust"),
            Self::Overlap => f.write_str("the overlap"),
            Self::Proxy(proxy) => write!(f, "{proxy} to take whom to trust"),
            Self::Certificates => f.write_str("certificates of the old authority to run out"),
        }
    }
}

impl fmt::Display for RotationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: it waits for {}", self.phase, self.waits_for)
    }
}
