//! Addresses of services, and their ports on nodes, which the API gives out.
use crate::kubernetes::{
    Api,
    failure::{Cause, Failure},
    object::{self, list, map_at, number, text},
    resource::Resource,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, net::Ipv4Addr};

/// The ports of nodes that are given out.
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30_000..=32_767;

impl Api {
    /// Gives a service the addresses that it wishes, or has had.
    pub(super) fn give_addresses(&self, resource: &Resource, old: Option<&Value>, new: &mut Value) -> Result<(), Failure> {
        let name = object::name(new).to_owned();
        let kind = text(new, &["spec", "type"]).to_owned();
        if kind == "ExternalName" {
            for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
                map_at(new, &["spec"]).remove(field);
            }
            return Ok(());
        }
        let had = old.map(|old| text(old, &["spec", "clusterIP"])).filter(|had| !had.is_empty());
        let wished = text(new, &["spec", "clusterIP"]).to_owned();
        let address = match (had, wished.as_str()) {
            (Some(had), "") => had.to_owned(),
            (Some(had), wished) if wished != had => {
                let causes = [
                    Cause::invalid("spec.clusterIPs[0]", &json!([wished]), "may not change once set"),
                    Cause::invalid("spec.clusterIP", &json!(wished), "may not change once set"),
                ];
                return Err(Failure::invalid(resource, &name, &causes));
            }
            (Some(had), _) => had.to_owned(),
            (None, "None") => "None".to_owned(),
            (None, wished) => self.free_address(resource, &name, wished)?,
        };
        let spec = map_at(new, &["spec"]);
        spec.insert("clusterIP".to_owned(), json!(address));
        spec.insert("clusterIPs".to_owned(), json!([address]));
        spec.insert("ipFamilies".to_owned(), json!(["IPv4"]));
        object::default(spec, "ipFamilyPolicy", json!("SingleStack"));
        if kind == "NodePort" || kind == "LoadBalancer" {
            self.give_node_ports(resource, &name, new)?;
        }
        Ok(())
    }

    fn free_address(&self, resource: &Resource, name: &str, wished: &str) -> Result<String, Failure> {
        let (first, many) = self.settings.service_addresses;
        let taken: BTreeSet<&str> = self
            .store
            .all("services", "")
            .map(|(_, service)| text(service, &["spec", "clusterIP"]))
            .filter(|one| !one.is_empty())
            .collect();
        if wished.is_empty() {
            // The first is the network's, the second the API's own.
            let mut free = (1..many.saturating_sub(1)).map(|nth| Ipv4Addr::from(u32::from(first) + nth).to_string());
            return free
                .find(|address| !taken.contains(address.as_str()))
                .ok_or_else(|| Failure::internal("failed to allocate a serviceIP: range is full"));
        }
        let inside =
            wished.parse::<Ipv4Addr>().is_ok_and(|address| (u32::from(first)..u32::from(first) + many).contains(&u32::from(address)));
        let refused = |why: &str| {
            let cause = Cause::invalid("spec.clusterIPs", &json!([wished]), &format!("failed to allocate IP {wished}: {why}"));
            Err(Failure::invalid(resource, name, &[cause]))
        };
        if !inside {
            return refused(&format!(
                "the provided network does not match the current range: it begins at {first} and has {many} addresses"
            ));
        }
        if taken.contains(wished) {
            return refused("provided IP is already allocated");
        }
        Ok(wished.to_owned())
    }

    fn give_node_ports(&self, resource: &Resource, name: &str, new: &mut Value) -> Result<(), Failure> {
        let uid = object::uid(new);
        let others =
            self.store.all("services", "").filter(|(key, _)| key.name != name || key.namespace != object::namespace(new) || uid.is_empty());
        let mut taken: BTreeSet<i64> =
            others.flat_map(|(_, service)| list(service, &["spec", "ports"])).filter_map(|port| number(port, &["nodePort"])).collect();
        for port in new["spec"]["ports"].as_array_mut().into_iter().flatten() {
            let given = match number(port, &["nodePort"]).filter(|port| *port > 0) {
                Some(wished) if !NODE_PORTS.contains(&wished) || taken.contains(&wished) => {
                    let why = if taken.contains(&wished) {
                        "provided port is already allocated"
                    } else {
                        "provided port is not in the valid range. The range of valid ports is 30000-32767"
                    };
                    return Err(Failure::invalid(resource, name, &[Cause::invalid("spec.ports[0].nodePort", &json!(wished), why)]));
                }
                Some(wished) => wished,
                None => {
                    NODE_PORTS.into_iter().find(|port| !taken.contains(port)).ok_or_else(|| Failure::internal("no node port is free"))?
                }
            };
            taken.insert(given);
            port["nodePort"] = json!(given);
        }
        Ok(())
    }
}
