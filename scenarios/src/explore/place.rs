//! Where a case plays: what was drawn for it, or what a user brought.
use super::{
    case::{Terms, ZoneTerms},
    workloads,
};
use crate::{language::Venue, scenario::Scenario};
use serde_json::Value;
use std::sync::Arc;
use strait_core::resource::ZoneName;

/// Where a case plays.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// What was drawn for it.
    Drawn(Terms),
    /// What a user brought.
    Brought(Brought),
}

/// What a user brought, and what is drawn about it.
#[derive(Clone, Debug)]
pub struct Brought {
    /// What they brought.
    pub venue: Arc<Venue>,
    /// As [`Terms::rest_ms`].
    pub rest_ms: u32,
    /// Whether workloads ask each other all the time.
    pub asks: bool,
}

impl PartialEq for Brought {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.venue, &other.venue) && self.rest_ms == other.rest_ms && self.asks == other.asks
    }
}

impl Place {
    /// How long a link or a host stays as it is at least, in milliseconds.
    pub(super) fn rest_ms(&self) -> u32 {
        match self {
            Self::Drawn(terms) => terms.rest_ms,
            Self::Brought(brought) => brought.rest_ms,
        }
    }

    /// What a user brought, if this is that.
    pub(super) fn venue(&self) -> Option<&Arc<Venue>> {
        match self {
            Self::Drawn(_) => None,
            Self::Brought(brought) => Some(&brought.venue),
        }
    }

    /// The zones, by position.
    pub(super) fn zones(&self) -> Vec<ZoneName> {
        match self {
            Self::Drawn(terms) => terms.zones.iter().filter_map(ZoneTerms::name).collect(),
            Self::Brought(brought) => brought.venue.scenario.zones.keys().cloned().collect(),
        }
    }

    /// Those of them to which something may be done.
    pub(super) fn fair_zones(&self) -> Vec<ZoneName> {
        let mut zones = self.zones();
        zones.retain(|zone| self.venue().is_none_or(|venue| !venue.spares(zone.as_str())));
        zones
    }

    /// What is done before anything is drawn, in this order.
    pub(super) fn first(&self, stage: &Scenario) -> Vec<Value> {
        match self {
            Self::Drawn(terms) => workloads::traffic(&workloads::zones(terms)),
            Self::Brought(brought) => {
                let asked = if brought.asks { workloads::traffic_in(stage) } else { Vec::new() };
                brought.venue.steps.iter().cloned().chain(asked).collect()
            }
        }
    }
}
