//! The server names by which the ports of services are asked for ([`Destination::sni`]): which are too long, and which mean several ports.
//!
//! Kuma's form joins the parts of a name by dots, which may also stand in the parts. So `a.b` in no namespace and `b` in the namespace `a` are asked for
//! alike. Whom an ingress let through would be by chance then: it lets through to neither.
use super::Destination;
use crate::{
    names::ServiceId,
    resource::{Key, Resource, model::Violation},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// As many bytes Envoy takes (`UpstreamTlsContext.sni`), which refuses all of a cluster otherwise. So many DNS has room for, too.
const LONGEST: usize = 255;

/// Which ports are asked for by which server names.
#[derive(Debug, Default)]
pub(super) struct ServerNames(BTreeMap<String, BTreeSet<Destination>>);

impl ServerNames {
    pub(super) fn add(&mut self, destination: Destination) {
        self.0.entry(destination.sni()).or_default().insert(destination);
    }

    pub(super) fn remove(&mut self, destination: &Destination) {
        let name = destination.sni();
        if let Some(same) = self.0.get_mut(&name) {
            same.remove(destination);
            if same.is_empty() {
                self.0.remove(&name);
            }
        }
    }

    /// Those that are asked for in the same way as this one.
    pub(super) fn others(&self, destination: &Destination) -> impl Iterator<Item = &Destination> {
        self.0.get(&destination.sni()).into_iter().flatten().filter(move |other| *other != destination)
    }
}

/// A port of a resource, by its number there.
type Place<'a> = (&'a Key, usize);

/// Whether it can be asked for.
pub(super) fn fits(destination: &Destination) -> bool {
    destination.sni().len() <= LONGEST
}

/// A port of a service, as its resource says it.
pub(crate) struct AskedPort {
    /// Its place in the list of ports.
    pub(crate) index: usize,
    /// Its number.
    pub(crate) number: u16,
    /// What is asked for.
    pub(crate) of: Destination,
}

impl AskedPort {
    /// Why nobody can ask for it; `None`: anybody can.
    pub(crate) fn too_long(&self) -> Option<String> {
        let length = self.of.sni().len();
        (!fits(&self.of)).then(|| {
            format!(
                "the server name by which others ask for this port has {length} bytes, and at most {LONGEST} can be asked for: no proxy is told of it"
            )
        })
    }
}

/// Which ports of a service nobody can ask for, and why.
pub(crate) fn too_long(resource: &Resource) -> Vec<Violation> {
    let wrong = |port: AskedPort| Some((format!("spec.ports[{}].name", port.index), port.too_long()?));
    asked_ports(resource).into_iter().filter_map(wrong).collect()
}

/// Which ports of all these services are asked for as one of another service is, and as which.
pub(crate) fn ambiguous<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> BTreeMap<Key, Vec<Violation>> {
    let mut asked: BTreeMap<String, BTreeMap<Destination, Vec<Place<'a>>>> = BTreeMap::new();
    for resource in resources {
        for AskedPort { index, of, .. } in asked_ports(resource) {
            asked.entry(of.sni()).or_default().entry(of).or_default().push((&resource.key, index));
        }
    }
    let mut found: BTreeMap<Key, Vec<Violation>> = BTreeMap::new();
    for (name, alike) in asked.iter().filter(|(_, alike)| alike.len() > 1) {
        for (of, described) in alike {
            let why = asked_alike(name, alike.keys().filter(|other| *other != of));
            for (key, index) in described {
                found.entry((*key).clone()).or_default().push((format!("spec.ports[{index}].name"), why.clone()));
            }
        }
    }
    found
}

/// Why nobody comes in by this name: these are asked for by it, too.
pub(crate) fn asked_alike<'a>(name: &str, others: impl Iterator<Item = &'a Destination>) -> String {
    let others: Vec<String> = others.map(ToString::to_string).collect();
    format!("others ask for this port by `{name}`, as for {}: no ingress lets them through to either", others.join(" and "))
}

/// The ports of a service; none, where its resource does not say in which zone it is.
pub(crate) fn asked_ports(resource: &Resource) -> Vec<AskedPort> {
    let Some(service) = ServiceId::said_by(resource) else { return Vec::new() };
    let Some(spec) = resource.spec.for_a_moment() else { return Vec::new() };
    let read = |(index, port): (usize, &Value)| {
        let number = port["port"].as_u64().and_then(|number| u16::try_from(number).ok()).filter(|number| *number != 0)?;
        let section = port["name"].as_str().filter(|name| !name.is_empty()).map_or_else(|| number.to_string(), str::to_owned);
        Some(AskedPort { index, number, of: Destination { service: service.clone(), port: section } })
    };
    spec["ports"].as_array().into_iter().flatten().enumerate().filter_map(read).collect()
}
