//! The cloud that a cluster runs in, as far as a mesh needs one: services of type `LoadBalancer` get an address that others reach.
use crate::kubernetes::Api;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    net::Ipv4Addr,
};
use strait_core::time::Wall;

/// What it has given.
#[derive(Debug)]
pub struct Cloud {
    free: VecDeque<Ipv4Addr>,
    /// By namespace and name.
    given: BTreeMap<(String, String), Ipv4Addr>,
    seen: Option<u64>,
}

impl Cloud {
    /// These addresses it may give.
    pub fn new(addresses: impl IntoIterator<Item = Ipv4Addr>) -> Self {
        Self { free: addresses.into_iter().collect(), given: BTreeMap::new(), seen: None }
    }

    /// Gives addresses to services that want one, and takes those back of services that are gone. To be called when [`Api::version`] is another.
    pub fn look(&mut self, api: &mut Api, now: Wall) {
        if self.seen == Some(api.version()) || api.faults().is_away {
            return;
        }
        let services: BTreeMap<(String, String), Value> = api
            .all_held("services")
            .filter(|service| service["spec"]["type"] == "LoadBalancer")
            .map(|service| ((text(service, "namespace"), text(service, "name")), (**service).clone()))
            .collect();
        let gone: Vec<(String, String)> = self.given.keys().filter(|given| !services.contains_key(given)).cloned().collect();
        for service in gone {
            self.free.extend(self.given.remove(&service));
        }
        for (key, service) in services {
            if !self.given.contains_key(&key)
                && let Some(address) = self.free.pop_front()
            {
                self.given.insert(key.clone(), address);
            }
            let Some(address) = self.given.get(&key) else { continue };
            let wanted = json!({"loadBalancer": {"ingress": [{"ip": address.to_string()}]}});
            if service["status"]["loadBalancer"]["ingress"][0]["ip"] != address.to_string() {
                let path = format!("/api/v1/namespaces/{}/services/{}/status", key.0, key.1);
                // What is refused is tried again with the next change.
                let _ = api.alter(now, &path, &json!({"status": wanted}));
            }
        }
        self.seen = Some(api.version());
    }

    /// Where what is sent to an address that it gave is to go: the ready endpoints of its service, for this port. `None`: it gave no such address.
    pub fn behind(&self, api: &Api, address: Ipv4Addr, port: u16) -> Option<Vec<(Ipv4Addr, u16)>> {
        let (namespace, name) = self.given.iter().find(|(_, given)| **given == address).map(|(key, _)| key)?;
        let service = api.held("services", namespace, name)?;
        let ports = service["spec"]["ports"].as_array()?;
        let section = ports.iter().find(|one| one["port"] == port)?["name"].as_str().unwrap_or_default();
        let slices = api.all_held("endpointslices.discovery.k8s.io");
        let its = slices.filter(|slice| {
            text(slice, "namespace") == *namespace && slice["metadata"]["labels"]["kubernetes.io/service-name"] == name.as_str()
        });
        let mut found = Vec::new();
        for slice in its {
            let ports = slice["ports"].as_array().into_iter().flatten();
            let Some(to) = ports.filter(|one| one["name"].as_str().unwrap_or_default() == section).find_map(|one| one["port"].as_u64())
            else {
                continue;
            };
            let ready = slice["endpoints"].as_array().into_iter().flatten().filter(|one| one["conditions"]["ready"] == true);
            let addresses = ready.filter_map(|one| one["addresses"][0].as_str()?.parse().ok());
            found.extend(addresses.filter_map(|at| Some((at, u16::try_from(to).ok()?))));
        }
        Some(found)
    }
}

fn text(object: &Value, field: &str) -> String {
    object["metadata"][field].as_str().unwrap_or_default().to_owned()
}
