//! Addresses from outside for services that want one, as a cloud gives them.
use super::services::{list, text};
use crate::SiteId;
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::Ipv4Addr};

/// In each site these are no host's: 10.SITE.254.1 to 10.SITE.254.254.
const THIRD: u8 = 254;
const FIRST: u8 = 1;
const LAST: u8 = 254;

/// Gives each such service an address of the site, which its router leads to pods.
#[derive(Debug)]
pub(super) struct Balancer {
    site: u8,
    given: BTreeMap<(String, String), Ipv4Addr>,
    /// Where nobody is but by services.
    reserved: Vec<(Ipv4Addr, u8)>,
}

impl Balancer {
    pub(super) fn new(site: SiteId) -> Self {
        let [.., site] = (site.0 + 1).to_be_bytes();
        Self { site, given: BTreeMap::new(), reserved: vec![(Ipv4Addr::new(10, site, THIRD, 0), 24)] }
    }

    /// What else only services have.
    pub(super) fn besides(&mut self, range: (Ipv4Addr, u8)) {
        self.reserved.push(range);
    }

    pub(super) fn reserved(&self) -> Vec<(Ipv4Addr, u8)> {
        self.reserved.clone()
    }

    /// What is to be written, and where: for services that want an address and have none. One that is gone gives its address back.
    pub(super) fn new_addresses<'a>(&mut self, services: impl Iterator<Item = &'a Value>) -> Vec<(String, Value)> {
        let wanting: Vec<&Value> = services.filter(|service| service["spec"]["type"] == "LoadBalancer").collect();
        let id = |service: &Value| (text(&service["metadata"]["namespace"]).to_owned(), text(&service["metadata"]["name"]).to_owned());
        self.given.retain(|known, _| wanting.iter().any(|service| id(service) == *known));
        let mut written = Vec::new();
        for service in wanting.into_iter().filter(|service| list(&service["status"]["loadBalancer"]["ingress"]).is_empty()) {
            let Some(address) = self.address(id(service)) else { continue };
            let (namespace, name) = id(service);
            let path = format!("/api/v1/namespaces/{namespace}/services/{name}/status");
            written.push((path, json!({"status": {"loadBalancer": {"ingress": [{"ip": address.to_string()}]}}})));
        }
        written
    }

    fn address(&mut self, of: (String, String)) -> Option<Ipv4Addr> {
        if let Some(known) = self.given.get(&of) {
            return Some(*known);
        }
        let all = (FIRST..=LAST).map(|last| Ipv4Addr::new(10, self.site, THIRD, last));
        let free = all.into_iter().find(|address| !self.given.values().any(|given| given == address))?;
        self.given.insert(of, free);
        Some(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_an_address_gets_one_and_keeps_it() {
        let service = |name: &str, kind: &str| json!({"metadata": {"namespace": "shop", "name": name}, "spec": {"type": kind}});
        let (one, other, inner) = (service("one", "LoadBalancer"), service("other", "LoadBalancer"), service("inner", "ClusterIP"));
        let mut balancer = Balancer::new(SiteId(2));
        let given = |written: Vec<(String, Value)>| -> Vec<(String, String)> {
            written.into_iter().map(|(path, patch)| (path, text(&patch["status"]["loadBalancer"]["ingress"][0]["ip"]).to_owned())).collect()
        };
        let path = |name: &str| format!("/api/v1/namespaces/shop/services/{name}/status");
        let both = vec![(path("one"), "10.3.254.1".to_owned()), (path("other"), "10.3.254.2".to_owned())];
        assert_eq!(given(balancer.new_addresses([&one, &other, &inner].into_iter())), both);
        assert_eq!(given(balancer.new_addresses([&one, &other].into_iter())), both, "as long as nobody has written it");
        assert_eq!(given(balancer.new_addresses([&other].into_iter())), both[1..]);
        assert_eq!(given(balancer.new_addresses([&one, &other].into_iter())), both, "the first is free again");
    }
}
