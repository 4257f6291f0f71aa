//! `proxies` of a zone: the workloads there, each with a proxy, on a host of its own.
use super::{
    Check, Node,
    tree::{Content, Key},
};
use crate::{
    gateway::PassesOn,
    workload::{PORT, ProxyId, Spoken, Workload},
};
use std::collections::BTreeMap;
use strait_core::{
    resource::{MeshName, ResourceName, ZoneName},
    sync::Dialect,
};

/// More than this in one topology no world gets through in time.
const MOST: usize = 1000;
/// What stands for a workload.
const FIELDS: &[&str] = &["mesh", "service", "port", "protocol", "gateway"];

/// Reads those of all zones. Meshes are known by now.
pub(super) fn read(zones: Vec<(&Key, &Node)>, check: &mut Check) -> BTreeMap<ProxyId, Workload> {
    let mut proxies = BTreeMap::new();
    for (key, value) in zones {
        let (Some(listed), Ok(zone)) = (value.field("proxies"), ZoneName::new(&key.text)) else {
            continue;
        };
        if check.clusters.contains(&zone) {
            continue;
        }
        let mistake = match check.zones.get(&zone) {
            Some(Dialect::Strait) => None,
            Some(Dialect::Kuma) => Some(("a model of Kuma serves no proxies", "leave `dialect: kuma` out")),
            None => Some(("zones that are counted have no proxies", "give this zone a name of its own")),
        };
        if let Some((message, help)) = mistake {
            check.mistake(listed.place, message, help);
            continue;
        }
        for (key, value) in check.entries(listed, "`proxies`") {
            let Some((name, workload)) = one(key, value, check) else { continue };
            let proxy = ProxyId { zone: zone.clone(), name };
            if let Some(passes_on) = &workload.gateway {
                check.gateways.insert(proxy.clone(), passes_on.clone());
            }
            if proxies.insert(proxy.clone(), workload).is_some() {
                check.mistake(key.place, format!("there is a proxy `{proxy}` already"), "every proxy of a zone has a name of its own");
            }
            check.proxies.insert(proxy);
            if proxies.len() == MOST + 1 {
                check.mistake(key.place, format!("these are more than {MOST} proxies"), "");
            }
        }
    }
    proxies
}

fn one(key: &Key, value: &Node, check: &mut Check) -> Option<(ResourceName, Workload)> {
    let name = match ResourceName::new(&key.text) {
        Ok(name) => name,
        Err(error) => {
            check.mistake(key.place, error.to_string(), "");
            return None;
        }
    };
    let fields = match &value.content {
        _ if value.is_empty() => None,
        Content::Map(_) => Some(check.fields(value, "a proxy", FIELDS)?),
        _ => {
            check.mistake(value.place, format!("a proxy is a map, not {}", value.what()), "such as `{ service: web }`");
            return None;
        }
    };
    let field = |field: &str| fields.as_ref().and_then(|fields| fields.get(field));
    let mesh = match field("mesh") {
        Some(mesh) => check.mesh(mesh)?,
        None => {
            let mesh = MeshName::new("default").ok()?;
            if !check.meshes.contains(mesh.as_str()) {
                check.mistake(key.place, "there is no mesh `default` in which it could be", "name one: `mesh: NAME`");
                return None;
            }
            mesh
        }
    };
    let service = match field("service") {
        Some(service) => check.resource_name(service)?.as_str().to_owned(),
        None => name.as_str().to_owned(),
    };
    let port = match field("port") {
        None => PORT,
        Some(node) => {
            let number = check.number(node, "a port")?;
            match u16::try_from(number) {
                // The ports at which the proxy itself is reached.
                Ok(port) if port != 0 && !(15_000..15_100).contains(&port) => port,
                _ => {
                    check.mistake(
                        node.place,
                        format!("a workload cannot be reached on port {number}"),
                        "1 to 65535, but for 15000 to 15099",
                    );
                    return None;
                }
            }
        }
    };
    let protocol = match field("protocol") {
        Some(protocol) if check.choice(protocol, "protocol", &["http", "tcp"])? == "tcp" => Spoken::Tcp,
        _ => Spoken::Http,
    };
    let gateway = match field("gateway") {
        Some(node) => Some(gateway(node, check)?),
        None => None,
    };
    if let Some(protocol) = field("protocol").filter(|_| gateway.is_some()) {
        check.mistake(protocol.place, "a gateway takes requests, and passes on requests", "leave `protocol` out");
        return None;
    }
    Some((name, Workload { mesh, service, port, protocol, gateway, pod: None }))
}

/// Where a gateway passes requests on to.
fn gateway(node: &Node, check: &mut Check) -> Option<PassesOn> {
    let fields = check.fields(node, "a gateway", &["to", "port"])?;
    let to = fields.need(check, "to").and_then(|to| check.text(to, "a host name").map(str::to_lowercase));
    let port = match fields.get("port") {
        None => Some(PORT),
        Some(node) => check.port(node),
    };
    Some(PassesOn { to: to?, port: port? })
}
