//! What items of `to` are for: services, routes, the mesh itself; and how an item finds them.
use super::place::Places;
use super::target_ref::given;
use crate::resource::{
    Key, Kind, Kri, MeshName, Resource, labels,
    model::{self, TargetRef, Violation},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const MESH_SERVICE: &str = "MeshService";

/// What an item is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    who: Who,
    /// One port of it.
    section: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
enum Who {
    Mesh,
    Named(Kri),
    Labelled(Kind, BTreeMap<String, String>),
    /// `NAME_NAMESPACE_svc` or `NAME_NAMESPACE_svc_PORT`, as services of Kubernetes were called once.
    Legacy(BTreeMap<String, String>, Option<i64>),
    Nothing,
}

/// A service, a route or the mesh.
#[derive(Debug, PartialEq)]
pub(super) struct Destination {
    kri: Kri,
    labels: BTreeMap<String, String>,
    /// Names and numbers; `None`: it has no parts.
    ports: Option<Vec<(String, i64)>>,
}

/// A destination, or one part of it; empty: all of it.
pub(super) type Part = (Kri, String);

/// Where items meet destinations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    Mesh,
    Named(Kri),
    Label(Kind, String, String),
}

/// Everything in one mesh that an item may be for.
#[derive(Debug, Default)]
pub(super) struct Destinations {
    all: BTreeMap<Key, Destination>,
    at: Places<Spot, Key>,
}

/// Whether items may be for it.
pub(super) fn is_one(kind: &Kind) -> bool {
    matches!(kind.as_str(), "Mesh" | MESH_SERVICE | "MeshMultiZoneService" | "MeshExternalService" | "MeshHTTPRoute")
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct WithPorts {
    ports: Option<Vec<Port>>,
}

#[derive(Default, Deserialize)]
#[serde(default, expecting = "a map")]
struct Port {
    name: Option<String>,
    port: Option<i64>,
}

impl Destination {
    /// Reads one.
    ///
    /// # Errors
    /// Its ports have another form.
    pub(super) fn of(resource: &Resource) -> Result<Self, Vec<Violation>> {
        let has_ports = matches!(resource.kind().as_str(), MESH_SERVICE | "MeshMultiZoneService");
        let read = |value| model::read::<WithPorts>(value).map_err(|(path, why)| vec![(format!("spec.{path}"), why)]);
        let written = resource.spec.value().filter(|_| has_ports).map(read).transpose()?.unwrap_or_default();
        let ports = written.ports.unwrap_or_default().into_iter().map(|port| {
            let number = port.port.unwrap_or_default();
            (given(port.name.as_ref()).map_or_else(|| number.to_string(), str::to_owned), number)
        });
        let ports = has_ports.then(|| ports.collect());
        Ok(Self { kri: Kri::of(resource), labels: resource.labels.clone(), ports })
    }

    fn spots(&self) -> BTreeSet<Spot> {
        let label = |(label, value): (&String, &String)| Spot::Label(self.kri.kind.clone(), label.clone(), value.clone());
        let mesh = (self.kri.kind == Kind::mesh()).then_some(Spot::Mesh);
        self.labels.iter().map(label).chain([Spot::Named(self.kri.clone())]).chain(mesh).collect()
    }

    fn carries(&self, wanted: &BTreeMap<String, String>) -> bool {
        wanted.iter().all(|(label, value)| self.labels.get(label) == Some(value))
    }
}

impl Wanted {
    /// `home`: the mesh, the zone and the namespace of the policy: names are looked up there, whoever the proxy is.
    pub(super) fn of(target: &TargetRef, (mesh, zone, namespace): (&MeshName, &str, &str)) -> Self {
        let section = given(target.section_name.as_ref()).map(str::to_owned);
        let name = given(target.name.as_ref());
        let wanted = target.labels.as_ref().filter(|labels| !labels.is_empty());
        let kind = Kind::new(&target.kind).ok().filter(is_one);
        let who = match (kind, wanted, name) {
            (Some(kind), ..) if kind == Kind::mesh() => Who::Mesh,
            (Some(kind), Some(labels), _) => Who::Labelled(kind, labels.clone()),
            (Some(kind), None, Some(name)) => {
                let legacy = (kind.as_str() == MESH_SERVICE && section.is_none()).then(|| legacy(name)).flatten();
                legacy.unwrap_or_else(|| {
                    let namespace = given(target.namespace.as_ref()).unwrap_or(namespace).to_owned();
                    Who::Named(Kri { kind, mesh: Some(mesh.clone()), zone: zone.to_owned(), namespace, name: name.to_owned() })
                })
            }
            _ => Who::Nothing,
        };
        Self { who, section }
    }

    /// Where it looks.
    pub(super) fn spot(&self) -> Option<Spot> {
        match &self.who {
            Who::Mesh => Some(Spot::Mesh),
            Who::Named(kri) => Some(Spot::Named(kri.clone())),
            Who::Labelled(kind, wanted) => spot_of(kind.clone(), wanted),
            Who::Legacy(wanted, _) => spot_of(Kind::new(MESH_SERVICE).ok()?, wanted),
            Who::Nothing => None,
        }
    }

    /// Whether it is for the whole mesh, and so says something about every destination.
    pub(super) fn is_mesh(&self) -> bool {
        self.who == Who::Mesh
    }

    /// The part of `found` that is meant, if it is.
    fn part(&self, found: &Destination) -> Option<Part> {
        let port = match &self.who {
            Who::Labelled(_, wanted) if !found.carries(wanted) => return None,
            Who::Legacy(wanted, _) if !found.carries(wanted) => return None,
            Who::Legacy(_, port) => *port,
            _ => None,
        };
        let section = match (&found.ports, &self.section, port) {
            (Some(ports), Some(section), _) => &ports.iter().find(|(name, _)| name == section)?.0,
            (Some(ports), None, Some(port)) => &ports.iter().find(|(_, number)| *number == port)?.0,
            _ => "",
        };
        Some((found.kri.clone(), section.to_owned()))
    }
}

fn legacy(name: &str) -> Option<Who> {
    let parts: Vec<&str> = name.split('_').collect();
    let (name, namespace, port) = match parts[..] {
        [name, namespace, "svc"] => (name, namespace, None),
        [name, namespace, "svc", port] => (name, namespace, Some(port.parse().ok()?)),
        _ => return None,
    };
    let wanted = [(labels::DISPLAY_NAME, name), (labels::NAMESPACE, namespace)];
    Some(Who::Legacy(wanted.map(|(label, value)| (label.to_owned(), value.to_owned())).into(), port))
}

/// Names tell services apart better than most labels do.
fn spot_of(kind: Kind, wanted: &BTreeMap<String, String>) -> Option<Spot> {
    let (label, value) = wanted.get_key_value(labels::DISPLAY_NAME).or_else(|| wanted.first_key_value())?;
    Some(Spot::Label(kind, label.clone(), value.clone()))
}

impl Destinations {
    /// Takes over what is held of a key now. Says where it stood and stands; nowhere, if nothing is different.
    pub(super) fn put(&mut self, key: &Key, destination: Option<Destination>) -> BTreeSet<Spot> {
        if self.all.get(key) == destination.as_ref() {
            return BTreeSet::new();
        }
        let mut spots = BTreeSet::new();
        if let Some(before) = self.all.remove(key) {
            spots.extend(before.spots());
            self.at.remove(key, &spots);
        }
        if let Some(destination) = destination {
            let after = destination.spots();
            self.at.add(key, &after);
            spots.extend(after);
            self.all.insert(key.clone(), destination);
        }
        spots
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn kri(&self, key: &Key) -> Option<&Kri> {
        self.all.get(key).map(|found| &found.kri)
    }

    /// Everything that is meant.
    pub(super) fn find(&self, wanted: &Wanted) -> BTreeSet<Part> {
        let spot = wanted.spot();
        let there = spot.iter().flat_map(|spot| self.at.at(spot)).filter_map(|key| self.all.get(key));
        there.filter_map(|found| wanted.part(found)).collect()
    }
}
