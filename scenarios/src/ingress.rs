//! Ingresses: proxies through which the workloads of other zones reach those of their own, each on a host of its own.
use crate::workload::ProxyId;
use serde_json::json;
use std::net::IpAddr;
use strait_core::resource::{Key, Kind, Labels, Resource, ResourceName, Spec};

/// Where an ingress listens (Kuma's port).
pub const PORT: u16 = 10_001;

/// What the ingress of a zone is called.
pub const NAME: &str = "ingress";

/// The `ZoneIngress` that it brings along, at this address, where other zones reach it, too.
pub fn zone_ingress(id: &ProxyId, address: IpAddr) -> Resource {
    let networking = json!({
        "address": address.to_string(), "port": PORT,
        "advertisedAddress": address.to_string(), "advertisedPort": PORT,
    });
    Resource { key: key(&id.name), labels: Labels::new(), spec: Spec::new(json!({ "networking": networking })), status: None }
}

/// The `ZoneIngress` of this name.
pub(crate) fn key(name: &ResourceName) -> Key {
    Key { kind: Kind::zone_ingress(), mesh: None, name: name.clone() }
}
