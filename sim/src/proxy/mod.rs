//! A simulated proxy. It is told its plan, as bytes, and nothing else, and does with it what Envoy does with what is rendered from it.
//!
//! | file | what |
//! | --- | --- |
//! | `leaving` | what its workload sends: to which destination, to which endpoint |
//! | `again` | to which endpoint next, where a connection is refused |
//! | `matching` | which route a request takes |
//! | `arriving` | what others send to its workload: who they are, and whether they may |
//! | `passing` | what an ingress lets through |
//! | `asking` | what whoever asks is told, where a question gets no further |
//! | `certificate` | certificates, as far as it matters who vouches for whom and until when |
//! | `issuing` | what a zone wants issued |
//! | `launcher` | where workloads are, and how a proxy comes to its zone |
mod again;
mod arriving;
mod asking;
mod certificate;
mod issuing;
mod launcher;
mod leaving;
mod matching;
mod passing;

pub(crate) use asking::Lost;
pub(crate) use certificate::Certificate;
pub(crate) use issuing::{ISSUED_WITHIN, issue};
pub(crate) use launcher::{AT_HOME, Does, address, all, elsewhere, nearest, opened, pause};
pub(crate) use leaving::Hop;

use std::{collections::BTreeMap, net::Ipv4Addr};
use strait_core::{
    node::{FromProxy, PlanUpdate},
    plan::{Cluster, Destination, Endpoints, HostNames, Inbound, Outbound, Part, PartName, Trust},
};

/// A proxy without a plan, or with one.
#[derive(Debug, Default)]
pub(crate) struct SimProxy {
    parts: BTreeMap<PartName, Part>,
    /// What it was told and does not take, for as long as it is to be so; and why.
    refused: BTreeMap<PartName, String>,
    certificate: Option<Certificate>,
    /// It has been told a plan in its life.
    has_plan: bool,
    /// Where its workload listens, on all addresses: there it cannot itself.
    taken: Option<u16>,
    /// Where the connections lead that its workload keeps, by whom it asked.
    kept: BTreeMap<(String, u16), Ipv4Addr>,
}

impl SimProxy {
    /// Without a plan.
    pub(crate) fn new(does: &Does) -> Self {
        let taken = if let Does::Serves(workload) = does { Some(workload.port) } else { None };
        Self { taken, ..Self::default() }
    }

    /// Why it cannot do what a part says; `None`: it can.
    fn refuses(&self, part: &Part) -> Option<String> {
        let is_taken = |port: &u16| self.taken == Some(*port);
        match part {
            Part::Redirect(redirect) => {
                let taken = [redirect.inbound_port, redirect.outbound_port].into_iter().find(is_taken)?;
                Some(format!("cannot bind '0.0.0.0:{taken}': Address already in use"))
            }
            _ => matching::unreadable(part),
        }
    }

    /// It is told how its plan becomes another: a [`PlanUpdate`], in JSON. A connection that begins anew begins with the whole plan. It says
    /// what it took; what it refuses of it stays as it was.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn told(&mut self, update: &[u8]) -> Result<FromProxy, String> {
        serde_json::from_slice(update).map(|update| self.take(update)).map_err(|error| error.to_string())
    }

    /// The same, for who has read it already.
    pub(crate) fn take(&mut self, PlanUpdate { number, put, gone }: PlanUpdate) -> FromProxy {
        if number == 1 {
            // What it kept from an earlier connection and is not told again is no more.
            let told: Vec<PartName> = put.iter().map(Part::name).collect();
            self.parts.retain(|name, _| told.contains(name));
            self.refused.clear();
        }
        self.has_plan = true;
        for part in put {
            match self.refuses(&part) {
                Some(why) => _ = self.refused.insert(part.name(), why),
                None => {
                    self.refused.remove(&part.name());
                    self.parts.insert(part.name(), part);
                }
            }
        }
        for name in &gone {
            self.refused.remove(name);
            self.parts.remove(name);
        }
        // Where it listens no more, connections end.
        let kept = std::mem::take(&mut self.kept);
        self.kept = kept.into_iter().filter(|((_, port), address)| self.listens_at(*address, *port)).collect();
        if self.refused.is_empty() {
            return FromProxy::Took { update: number };
        }
        let why: Vec<String> = self.refused.iter().map(|(name, why)| format!("{name:?}: {why}")).collect();
        FromProxy::Refused { update: number, why: why.join("; "), parts: self.refused.keys().cloned().collect() }
    }

    /// It is handed a certificate, with its key.
    pub(crate) fn certify(&mut self, certificate: Certificate) {
        self.certificate = Some(certificate);
    }

    /// Where a name leads. `None`: there is none such here.
    fn look_up(&self, name: &str) -> Option<Ipv4Addr> {
        self.names()?.addresses.get(name).copied()
    }

    fn listens_at(&self, address: Ipv4Addr, port: u16) -> bool {
        self.outbounds().any(|outbound| outbound.listens.contains(&(address, port).into()))
    }

    fn names(&self) -> Option<&HostNames> {
        if let Some(Part::Names(names)) = self.parts.get(&PartName::Names) { Some(names) } else { None }
    }

    fn trust(&self) -> Option<&Trust> {
        if let Some(Part::Trust(trust)) = self.parts.get(&PartName::Trust) { Some(trust) } else { None }
    }

    fn inbounds(&self) -> impl Iterator<Item = &Inbound> {
        self.parts.values().filter_map(|part| if let Part::Inbound(inbound) = part { Some(inbound) } else { None })
    }

    fn outbounds(&self) -> impl Iterator<Item = &Outbound> {
        self.parts.values().filter_map(|part| if let Part::Outbound(outbound) = part { Some(outbound) } else { None })
    }

    fn cluster(&self, destination: &Destination) -> Option<&Cluster> {
        if let Some(Part::Cluster(cluster)) = self.parts.get(&PartName::Cluster(destination.clone())) { Some(cluster) } else { None }
    }

    fn endpoints(&self, destination: &Destination) -> Option<&Endpoints> {
        if let Some(Part::Endpoints(endpoints)) = self.parts.get(&PartName::Endpoints(destination.clone())) {
            Some(endpoints)
        } else {
            None
        }
    }
}
