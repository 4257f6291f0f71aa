//! `leads-past-the-ingress`: a zone leads its proxies to the workloads of another zone behind its ingress, as far as it takes their address for the next one.
//! Broken: S17.
use super::Sabotage;
use std::{net::IpAddr, sync::Arc};
use strait_core::{plan::Part, resource::ZoneName};

/// `leads-past-the-ingress`.
#[derive(Debug, Default)]
pub(super) struct LeadsPastTheIngress;

impl Sabotage for LeadsPastTheIngress {
    fn part(&mut self, here: &ZoneName, part: &mut Part) {
        if let Part::Endpoints(endpoints) = part
            && endpoints.destination.service.zone.as_ref().is_some_and(|zone| zone != here)
        {
            let endpoints = Arc::make_mut(endpoints);
            let behind = std::mem::take(&mut endpoints.endpoints).into_iter().map(|mut one| {
                if let IpAddr::V4(address) = one.address {
                    one.address = address.to_bits().wrapping_sub(1).to_be_bytes().into();
                }
                one.port = 80;
                one
            });
            endpoints.endpoints = behind.collect();
        }
    }
}
