//! `prefers-other-zones`: a zone tells its proxies to ask other zones first, and its own only when nobody is there. Broken: L5.
use super::Sabotage;
use std::sync::Arc;
use strait_core::{
    plan::{Endpoint, Part},
    resource::ZoneName,
};

/// `prefers-other-zones`.
#[derive(Debug)]
pub(super) struct PrefersOtherZones;

impl Sabotage for PrefersOtherZones {
    fn part(&mut self, _: &ZoneName, part: &mut Part) {
        if let Part::Endpoints(endpoints) = part {
            let endpoints = &mut Arc::make_mut(endpoints).endpoints;
            let last = endpoints.iter().map(|one| one.priority).max().unwrap_or_default();
            *endpoints = endpoints.iter().map(|one| Endpoint { priority: last - one.priority, ..*one }).collect();
        }
    }
}
