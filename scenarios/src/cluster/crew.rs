//! Which pods of a cluster are there, as worlds tell it: what follows from the orders of its kubelet, and from what became of containers.
use super::{in_mesh, is_meant_by};
use crate::{
    kubernetes::{
        Api,
        kubelet::{Became, Order, PodId},
    },
    workload::{AtWorkload, ProxyId},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};
use strait_core::resource::{ResourceName, ZoneName};

/// The pods of a cluster that have a proxy.
#[derive(Debug)]
pub struct Crew {
    zone: ZoneName,
    members: BTreeMap<PodId, Member>,
    begun: u64,
}

/// A pod.
#[derive(Debug)]
struct Member {
    id: ProxyId,
    address: Ipv4Addr,
    /// Containers that must run for it to be there.
    needs: BTreeSet<String>,
    runs: BTreeSet<String>,
    /// It was asked to end.
    ends: bool,
    /// Since when all of them run, counted; `None`: they do not.
    up: Option<u64>,
}

/// What happened at a pod, in words that worlds tell.
pub type Noted = Vec<AtWorkload>;

impl Crew {
    /// Nobody is there yet.
    pub fn new(zone: ZoneName) -> Self {
        Self { zone, members: BTreeMap::new(), begun: 0 }
    }

    /// Takes over what a kubelet orders.
    pub fn ordered(&mut self, api: &Api, order: &Order) -> Noted {
        match order {
            Order::Run { pod, address, container } => self.runs(api, pod, *address, &container.of),
            Order::Stop { pod, container, .. } => {
                let Some(member) = self.members.get_mut(pod) else { return Vec::new() };
                if !member.needs.contains(container) {
                    return Vec::new();
                }
                member.ends = true;
                member.ends_being_up()
            }
            Order::Gone { pod, .. } => self.members.remove(pod).map(|mut member| member.ends_being_up()).unwrap_or_default(),
        }
    }

    fn runs(&mut self, api: &Api, pod: &PodId, address: Ipv4Addr, object: &Value) -> Noted {
        if self.members.contains_key(pod) {
            return Vec::new();
        }
        let namespace = api.held("namespaces", "", &pod.namespace).cloned().unwrap_or_default();
        let Some(mut workload) = in_mesh(object, &namespace) else { return Vec::new() };
        let Ok(name) = ResourceName::new(&format!("{}.{}", pod.name, pod.namespace)) else { return Vec::new() };
        if let Some(of_pod) = workload.as_mut().and_then(|workload| workload.pod.as_mut()) {
            of_pod.address = address.to_string();
        }
        let needs = ["initContainers", "containers"].into_iter().filter_map(|of| object["spec"][of].as_array()).flatten();
        let needs = needs.filter(|one| {
            one["name"] == super::pods::SIDECAR || object["spec"]["containers"].as_array().is_some_and(|mains| mains.contains(one))
        });
        let needs = needs.filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
        let id = ProxyId { zone: self.zone.clone(), name };
        let member = Member { id: id.clone(), address, needs, runs: BTreeSet::new(), ends: false, up: None };
        self.members.insert(pod.clone(), member);
        vec![AtWorkload::Appears { who: id, workload: workload.map(Box::new) }]
    }

    /// Takes over what became of a container.
    pub fn became(&mut self, pod: &PodId, container: &str, what: Became) -> Noted {
        let Some(member) = self.members.get_mut(pod).filter(|member| member.needs.contains(container)) else { return Vec::new() };
        match what {
            Became::Running => {
                member.runs.insert(container.to_owned());
                if member.up.is_none() && !member.ends && member.runs.is_superset(&member.needs) {
                    self.begun += 1;
                    member.up = Some(self.begun);
                    return vec![AtWorkload::Started(member.id.clone())];
                }
                Vec::new()
            }
            Became::Ready(_) => Vec::new(),
            Became::Exited { .. } => {
                member.runs.remove(container);
                member.ends_being_up()
            }
        }
    }

    /// Who asks where a step names a workload: of the pods that are meant the one that has been there longest. `None`: none is there.
    pub fn pick(&self, named: &ProxyId) -> Option<(&PodId, &ProxyId, Ipv4Addr)> {
        let meant = self.members.iter().filter(|(_, member)| member.up.is_some() && is_meant_by(&member.id, named));
        let (pod, member) = meant.min_by_key(|(_, member)| member.up)?;
        Some((pod, &member.id, member.address))
    }

    /// What a pod is called in a mesh.
    pub fn called(&self, pod: &PodId) -> Option<&ProxyId> {
        self.members.get(pod).map(|member| &member.id)
    }
}

impl Member {
    fn ends_being_up(&mut self) -> Noted {
        if self.up.take().is_some() { vec![AtWorkload::Stopped(self.id.clone())] } else { Vec::new() }
    }
}
