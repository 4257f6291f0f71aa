//! `leads-past-the-ingress`: a zone leads its proxies to the workloads of another zone behind its ingress, as far as it takes their address for the next one.
//! Broken: S17.
use super::{Sabotage, ZoneActor, taken};
use std::{net::IpAddr, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::Part,
    resource::ZoneName,
    time::Now,
};

/// `leads-past-the-ingress`.
#[derive(Debug, Default)]
pub(super) struct LeadsPastTheIngress;

impl Sabotage for LeadsPastTheIngress {
    fn zone(&mut self, here: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit {
                for part in &mut update.put {
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
            out.push(emit);
        }
    }
}
