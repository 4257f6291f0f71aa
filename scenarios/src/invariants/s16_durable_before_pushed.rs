//! S16, durable before pushed: no proxy is told of an address that its zone has not shown to have given, which it does once that is durable (S8
//! judges what is shown). Else a service could have another address after a crash than the one that its clients use.
use super::{Broken, Invariant};
use crate::{
    event::{Emits, Event, NodeId, Stepped, What},
    oracle::truth::{Happened, Truth},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
};
use strait_core::{
    Emit,
    node::{ObservationChange, ToProxy, VipState, ZoneEffect},
    plan::Part,
};

/// S16.
#[derive(Debug, Default)]
pub(super) struct DurableBeforePushed {
    /// The addresses that a process has ever shown to have given.
    shown: BTreeMap<NodeId, BTreeSet<Ipv4Addr>>,
}

impl DurableBeforePushed {
    fn follow(&mut self, event: &Event) -> Result<(), String> {
        let emits = match &event.what {
            What::Started { observation, emits: Emits::Zone(emits), .. } => {
                let given = observation.view.vips.values().filter_map(address);
                self.shown.insert(event.node.clone(), given.collect());
                emits
            }
            What::Stepped(Stepped::Zone { emits, .. }) => emits,
            _ => return Ok(()),
        };
        let shown = self.shown.entry(event.node.clone()).or_default();
        for emit in emits {
            match emit {
                Emit::Observed(ObservationChange::Vip { vip: Some(vip), .. }) => shown.extend(address(vip)),
                Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(update))) => {
                    if let Some(address) = update.put.iter().flat_map(told).find(|address| !shown.contains(address)) {
                        return Err(format!("proxy {session} is told of {address}, which nobody is shown to have yet"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The addresses of services that a part tells of.
fn told(part: &Part) -> Vec<Ipv4Addr> {
    match part {
        Part::Names(names) => names.addresses.values().copied().collect(),
        // Others listen where their Dataplane says.
        Part::Outbound(outbound) if outbound.redirected => outbound
            .listens
            .iter()
            .filter_map(|listens| if let IpAddr::V4(address) = listens.ip() { Some(address) } else { None })
            .collect(),
        _ => Vec::new(),
    }
}

fn address(vip: &VipState) -> Option<Ipv4Addr> {
    if let VipState::Given(address) = vip { Some(*address) } else { None }
}

impl Invariant for DurableBeforePushed {
    fn id(&self) -> &'static str {
        "S16"
    }

    fn slug(&self) -> &'static str {
        "durable-before-pushed"
    }

    fn see(&mut self, _: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        self.follow(event).map_err(|what| Broken::at(event, what))
    }
}
