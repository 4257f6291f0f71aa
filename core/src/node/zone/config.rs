//! What the operator decides about a zone.
use super::SERVICES_STAY_FOR;
use crate::{
    node::{Fits, REMEMBERED_REMOVALS},
    resource::ZoneName,
    vip::VipRanges,
};
use std::time::Duration;

/// What the operator decides about a zone.
#[derive(Clone, Debug)]
pub struct ZoneConfig {
    /// Its name.
    pub zone: ZoneName,
    /// Whether what users write can be said on the wire.
    pub fits: Fits,
    /// How many removals are remembered at least, for a global that has not heard of them ([`REMEMBERED_REMOVALS`]).
    pub remembered_removals: usize,
    /// From where services get their virtual IPs.
    pub vips: VipRanges,
    /// How long a service that was made of what proxies say stays without any ([`SERVICES_STAY_FOR`]).
    pub services_stay_for: Duration,
    /// What the zone is.
    pub environment: Environment,
    /// Where proxies are pods: the namespace of the control plane, in which alone there are ingresses (Kuma's `systemNamespace`).
    pub system_namespace: String,
}

/// What a zone is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// Machines, or anything else.
    #[default]
    Universal,
    /// A cluster of Kubernetes, to which the zone writes as well: what it holds, and what it must not lose.
    Kubernetes,
}

impl ZoneConfig {
    /// The defaults, for a zone of this name: everything can be said.
    pub fn new(zone: ZoneName) -> Self {
        Self {
            zone,
            fits: |_| Ok(()),
            remembered_removals: REMEMBERED_REMOVALS,
            vips: VipRanges::default(),
            services_stay_for: SERVICES_STAY_FOR,
            environment: Environment::default(),
            system_namespace: "kuma-system".to_owned(),
        }
    }
}
