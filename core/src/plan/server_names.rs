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

/// Which ports of a service nobody can ask for, and why.
pub(crate) fn too_long(resource: &Resource) -> Vec<Violation> {
    let wrong = |(index, of): (usize, Destination)| {
        let length = of.sni().len();
        let why = format!(
            "the server name by which others ask for this port has {length} bytes, and at most {LONGEST} can be asked for: no proxy is told of it"
        );
        (format!("spec.ports[{index}].name"), why)
    };
    ports(resource).into_iter().filter(|(_, of)| !fits(of)).map(wrong).collect()
}

/// Which ports of all these services are asked for as one of another service is, and as which.
pub(crate) fn ambiguous<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> BTreeMap<Key, Vec<Violation>> {
    let mut asked: BTreeMap<String, BTreeMap<Destination, Vec<Place<'a>>>> = BTreeMap::new();
    for resource in resources {
        for (index, of) in ports(resource) {
            asked.entry(of.sni()).or_default().entry(of).or_default().push((&resource.key, index));
        }
    }
    let mut found: BTreeMap<Key, Vec<Violation>> = BTreeMap::new();
    for (name, alike) in asked.iter().filter(|(_, alike)| alike.len() > 1) {
        for (of, described) in alike {
            let others: Vec<String> = alike.keys().filter(|other| *other != of).map(ToString::to_string).collect();
            let why =
                format!("others ask for this port by `{name}`, as for {}: no ingress lets them through to either", others.join(" and "));
            for (key, index) in described {
                found.entry((*key).clone()).or_default().push((format!("spec.ports[{index}].name"), why.clone()));
            }
        }
    }
    found
}

/// The ports of a service, with their places; none, where its resource does not say in which zone it is.
fn ports(resource: &Resource) -> Vec<(usize, Destination)> {
    let (Some(service), Some(spec)) = (ServiceId::said_by(resource), resource.spec.for_a_moment()) else { return Vec::new() };
    let section = |port: &Value| {
        let number = port["port"].as_u64().and_then(|number| u16::try_from(number).ok()).filter(|number| *number != 0)?;
        Some(port["name"].as_str().filter(|name| !name.is_empty()).map_or_else(|| number.to_string(), str::to_owned))
    };
    let listed = spec["ports"].as_array().into_iter().flatten().enumerate();
    listed.filter_map(|(index, one)| Some((index, Destination { service: service.clone(), port: section(one)? }))).collect()
}
