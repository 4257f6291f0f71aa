//! Forwarders: hosts before the control plane of a zone that pass on what its proxies and it say to each other, as a load balancer or a gateway does.
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};
use strait_core::resource::{ResourceName, ZoneName};

/// Which one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ForwarderId {
    /// Before which control plane.
    pub zone: ZoneName,
    /// What it is called there.
    pub name: ResourceName,
}

impl fmt::Display for ForwarderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.zone, self.name)
    }
}

/// What it is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forwarder {
    /// From it to every other host of the zone, and from there to it. At least what is usual within a zone.
    pub delay: Duration,
}
