//! Which parts of a plan may be different.
use super::{Destination, PartName};
use std::collections::BTreeSet;

/// Which parts of one proxy's plan may be different. The others are as they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub(super) identity: bool,
    pub(super) trust: bool,
    pub(super) redirect: bool,
    pub(super) names: bool,
    pub(super) inbounds: bool,
    pub(super) entrance: bool,
    /// All outbounds.
    pub(super) outbounds: bool,
    /// All clusters.
    pub(super) clusters: bool,
    /// The endpoints of all destinations.
    pub(super) all_endpoints: bool,
    /// The outbounds, the clusters and the endpoints of these.
    pub(super) destinations: BTreeSet<Destination>,
    /// The endpoints of these.
    pub(super) endpoints: BTreeSet<Destination>,
}

impl Touched {
    /// All parts.
    pub fn everything() -> Self {
        Self {
            identity: true,
            trust: true,
            redirect: true,
            names: true,
            inbounds: true,
            entrance: true,
            outbounds: true,
            clusters: true,
            all_endpoints: true,
            ..Self::default()
        }
    }

    /// Whether this part may be different.
    pub fn covers(&self, part: &PartName) -> bool {
        match part {
            PartName::Identity => self.identity,
            PartName::Trust => self.trust,
            PartName::Redirect => self.redirect,
            PartName::Names => self.names,
            PartName::Inbound(_) => self.inbounds,
            PartName::Outbound(to) => self.outbounds || self.destinations.contains(to),
            PartName::Entrance => self.entrance,
            PartName::Cluster(to) => self.clusters || self.destinations.contains(to),
            PartName::Endpoints(of) | PartName::Passage(of) => {
                self.all_endpoints || self.destinations.contains(of) || self.endpoints.contains(of)
            }
        }
    }

    /// Both.
    pub fn extend(&mut self, other: Self) {
        self.identity |= other.identity;
        self.trust |= other.trust;
        self.redirect |= other.redirect;
        self.names |= other.names;
        self.inbounds |= other.inbounds;
        self.entrance |= other.entrance;
        self.outbounds |= other.outbounds;
        self.clusters |= other.clusters;
        self.all_endpoints |= other.all_endpoints;
        self.destinations.extend(other.destinations);
        self.endpoints.extend(other.endpoints);
    }
}
