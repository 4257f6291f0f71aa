//! To whom services lead, as every node of a cluster knows it (kube-proxy): from Services and EndpointSlices alone.
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

/// The label that says of which service a slice is.
const OF_SERVICE: &str = "kubernetes.io/service-name";

/// A port of a service, at one of its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Front {
    pub(super) address: Ipv4Addr,
    pub(super) transport: Transport,
    pub(super) port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Transport {
    Tcp,
    Udp,
}

/// Who is behind each; nobody, where there is nobody.
pub(super) type Backs = BTreeMap<Front, BTreeSet<(Ipv4Addr, u16)>>;

/// Of all Services and EndpointSlices of a cluster.
pub(super) fn backs<'a>(services: impl Iterator<Item = &'a Value>, slices: &[&'a Value]) -> Backs {
    let mut backs = Backs::new();
    for service in services {
        let slices: Vec<&Value> = slices.iter().copied().filter(|slice| is_of(slice, service)).collect();
        for port in list(&service["spec"]["ports"]) {
            let transport = match port["protocol"].as_str() {
                None | Some("TCP") => Transport::Tcp,
                Some("UDP") => Transport::Udp,
                Some(_) => continue,
            };
            let Some(number) = port_of(&port["port"]) else { continue };
            let behind = behind(&slices, text(&port["name"]));
            for address in addresses(service) {
                backs.insert(Front { address, transport, port: number }, behind.clone());
            }
        }
    }
    backs
}

fn is_of(slice: &Value, service: &Value) -> bool {
    slice["metadata"]["namespace"] == service["metadata"]["namespace"]
        && slice["metadata"]["labels"][OF_SERVICE] == service["metadata"]["name"]
        && slice["addressType"] == "IPv4"
}

/// Where a service is reached: in the cluster, and by what balances load from outside.
fn addresses(service: &Value) -> BTreeSet<Ipv4Addr> {
    let own = [&service["spec"]["clusterIP"]].into_iter().chain(list(&service["spec"]["externalIPs"]));
    let outside = list(&service["status"]["loadBalancer"]["ingress"]).iter().map(|one| &one["ip"]);
    own.chain(outside).filter_map(|address| text(address).parse().ok()).collect()
}

/// Endpoints that are ready; if there are none, those that serve on until they have ended.
fn behind(slices: &[&Value], port: &str) -> BTreeSet<(Ipv4Addr, u16)> {
    let (mut ready, mut ending) = (BTreeSet::new(), BTreeSet::new());
    for slice in slices {
        let named = list(&slice["ports"]).iter().find(|one| text(&one["name"]) == port);
        let Some(number) = named.and_then(|one| port_of(&one["port"])) else { continue };
        for endpoint in list(&slice["endpoints"]) {
            let Some(address) = list(&endpoint["addresses"]).first().and_then(|address| text(address).parse().ok()) else { continue };
            let is = |condition: &str| endpoint["conditions"][condition].as_bool();
            if is("ready") != Some(false) {
                ready.insert((address, number));
            } else if is("serving") == Some(true) && is("terminating") == Some(true) {
                ending.insert((address, number));
            }
        }
    }
    if ready.is_empty() { ending } else { ready }
}

/// The endpoints of a service that are ready, whatever their ports: where the name of a headless one leads.
pub(super) fn ready_of(service: &Value, slices: &[&Value]) -> BTreeSet<Ipv4Addr> {
    let of = slices.iter().filter(|slice| is_of(slice, service)).flat_map(|slice| list(&slice["endpoints"]));
    let ready = of.filter(|endpoint| endpoint["conditions"]["ready"] != false);
    ready.filter_map(|endpoint| text(list(&endpoint["addresses"]).first()?).parse().ok()).collect()
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn port_of(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn slice(endpoints: &Value) -> Value {
        json!({"metadata": {"namespace": "shop", "labels": {OF_SERVICE: "web"}}, "addressType": "IPv4",
            "ports": [{"name": "http", "port": 8080}, {"name": "admin", "port": 9000}], "endpoints": endpoints})
    }

    fn endpoint(last: u8, conditions: &Value) -> Value {
        json!({"addresses": [format!("10.1.0.{last}")], "conditions": conditions})
    }

    #[test]
    fn a_service_leads_to_those_of_its_own_that_are_ready() {
        let service = json!({"metadata": {"namespace": "shop", "name": "web"}, "status": {"loadBalancer": {"ingress": [{"ip": "10.1.254.1"}]}},
            "spec": {"clusterIP": "10.96.0.7", "ports": [{"name": "http", "port": 80}, {"name": "other", "port": 81}]}});
        let mut elsewhere = slice(&json!([endpoint(9, &json!({}))]));
        elsewhere["metadata"]["namespace"] = json!("field");
        let ready = slice(&json!([endpoint(1, &json!({"ready": true})), endpoint(2, &json!({"ready": false})), endpoint(3, &json!({}))]));
        let found = backs([&service].into_iter(), &[&ready, &elsewhere]);
        let at = |last: [u8; 4], port| Front { address: last.into(), transport: Transport::Tcp, port };
        let both = BTreeSet::from([([10, 1, 0, 1].into(), 8080), ([10, 1, 0, 3].into(), 8080)]);
        assert_eq!(
            found,
            Backs::from([
                (at([10, 96, 0, 7], 80), both.clone()),
                (at([10, 1, 254, 1], 80), both),
                (at([10, 96, 0, 7], 81), BTreeSet::new()),
                (at([10, 1, 254, 1], 81), BTreeSet::new()),
            ])
        );
        assert_eq!(ready_of(&service, &[&ready, &elsewhere]), BTreeSet::from([[10, 1, 0, 1].into(), [10, 1, 0, 3].into()]));
        // The last ones are asked until they have ended.
        let ending = slice(&json!([endpoint(1, &json!({"ready": false, "serving": true, "terminating": true}))]));
        let found = backs([&service].into_iter(), &[&ending]);
        assert_eq!(found[&at([10, 96, 0, 7], 80)], BTreeSet::from([([10, 1, 0, 1].into(), 8080)]));
    }
}
