//! `MeshService`s that nobody writes: one for each service that the zone's proxies say they serve, in meshes that want it (`meshServices.mode`
//! other than `Disabled`), as Kuma's generator makes them.
//!
//! What is to be is worked out anew for whatever changed, and written if it is not so: never replayed. A service without proxies stays for
//! some time, so that whoever looks for it meanwhile is not sent away; after a restart that time begins anew. What a user has written is left as it is.
use super::{ZoneNode, identities::is_spiffe_id, replica::Replica};
use crate::{
    machine::Out,
    node::{Change, ZoneEffect},
    resource::{
        Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, labels,
        model::{self, Inbound, MeshServicesMode, Model, SERVICE_TAG},
    },
    sync::catalog::{Catalog, Write},
    time::Mono,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// How long a service stays that no proxy serves any more (Kuma's `meshService.deletionGracePeriod`).
pub const SERVICES_STAY_FOR: Duration = Duration::from_secs(3600);

/// Who made a `MeshService`, as Kuma says it.
const BY: &str = "meshservice-generator";

type Service = (MeshName, ResourceName);

/// What the proxies of the zone say they serve.
#[derive(Debug)]
pub(super) struct Generated {
    stay_for: Duration,
    /// Meshes that want services made.
    meshes: BTreeSet<MeshName>,
    proxies: BTreeMap<Key, BTreeMap<ResourceName, Vec<Port>>>,
    served: BTreeMap<Service, BTreeSet<Key>>,
    /// What may not be as it is to be.
    changed: BTreeSet<Service>,
    /// Until when services stay that no proxy serves.
    leaving: BTreeMap<Service, Mono>,
}

/// One port of a service, by what one proxy says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Port {
    name: String,
    number: u32,
    protocol: String,
    is_ready: bool,
}

impl Generated {
    /// Of what is held, its own and global's. Whatever of that is not as it is to be follows at the first [`ZoneNode::generate`].
    pub(super) fn of(stay_for: Duration, own: &Catalog, copies: &Replica) -> Self {
        let mut generated = Self::nothing(stay_for);
        for mesh in copies.of_kind(&Kind::mesh()) {
            generated.take(&mesh.key, Some(mesh), own);
        }
        for service in own.resources().filter(|held| is_generated(Some(held))) {
            generated.take(&service.key, Some(service), own);
        }
        generated
    }

    fn nothing(stay_for: Duration) -> Self {
        let (meshes, proxies, served) = Default::default();
        Self { stay_for, meshes, proxies, served, changed: BTreeSet::new(), leaving: BTreeMap::new() }
    }

    /// When something is to be written.
    pub(super) fn deadline(&self) -> Option<(Mono, &'static str)> {
        let at_once = (!self.changed.is_empty()).then_some(Mono(0));
        at_once.or_else(|| self.leaving.values().min().copied()).map(|at| (at, "make services what they are to be"))
    }

    fn take(&mut self, key: &Key, resource: Option<&Resource>, own: &Catalog) {
        if key.kind == Kind::mesh() {
            let Ok(name) = MeshName::new(key.name.as_str()) else { return };
            let wants = resource.is_some_and(wants_services);
            if wants == self.meshes.contains(&name) {
                return;
            }
            let proxies = own.resources().filter(|held| *held.kind() == Kind::dataplane() && held.mesh() == Some(&name));
            let proxies: Vec<_> = proxies.cloned().collect();
            // What proxies of other meshes say is not even read.
            if wants {
                self.meshes.insert(name);
                proxies.iter().for_each(|proxy| self.take(&proxy.key, Some(proxy), own));
            } else {
                proxies.iter().for_each(|proxy| self.take(&proxy.key, None, own));
                self.changed.extend(self.leaving.keys().filter(|(mesh, _)| *mesh == name).cloned());
                self.meshes.remove(&name);
            }
        } else if key.kind == Kind::dataplane() {
            self.take_proxy(key, resource);
        } else if key.kind.as_str() == "MeshService"
            && let Some(mesh) = &key.mesh
        {
            // Somebody may have changed it or taken it away, and it may be nobody's any more.
            let service = (mesh.clone(), key.name.clone());
            if is_generated(resource) || self.served.contains_key(&service) || self.leaving.contains_key(&service) {
                self.changed.insert(service);
            }
        }
    }

    fn take_proxy(&mut self, key: &Key, resource: Option<&Resource>) {
        if let Some(mesh) = key.mesh.as_ref().filter(|mesh| self.meshes.contains(*mesh)) {
            let serves = resource.map(serves).unwrap_or_default();
            let before = if serves.is_empty() { self.proxies.remove(key) } else { self.proxies.insert(key.clone(), serves.clone()) };
            let before = before.unwrap_or_default();
            if before == serves {
                return;
            }
            for name in before.keys().chain(serves.keys()) {
                let service = (mesh.clone(), name.clone());
                let by = self.served.entry(service.clone()).or_default();
                if serves.contains_key(name) {
                    by.insert(key.clone())
                } else {
                    by.remove(key)
                };
                if by.is_empty() {
                    self.served.remove(&service);
                }
                self.changed.insert(service);
            }
        }
    }

    /// What a service is to be; `None`: no proxy serves it. Of two proxies that say different things of a port the first counts.
    /// What is said of those who serve it stays ([`ZoneNode::identify`]).
    fn wanted(&self, service: &Service, held: Option<&Value>) -> Option<Value> {
        let mut ports: BTreeMap<u32, &Port> = BTreeMap::new();
        let mut is_available = false;
        for proxy in self.served.get(service)? {
            for port in self.proxies.get(proxy).and_then(|serves| serves.get(&service.1)).into_iter().flatten() {
                is_available |= port.is_ready;
                ports.entry(port.number).or_insert(port);
            }
        }
        let tag = json!({"type": "ServiceTag", "value": service.1});
        let known = held.and_then(|held| held.get("identities")?.as_array()).into_iter().flatten().filter(|one| is_spiffe_id(one)).cloned();
        let identities: Vec<Value> = [tag].into_iter().chain(known).collect();
        let ports: Vec<Value> = ports.values().map(|port| port.written()).collect();
        Some(json!({
            "selector": {"dataplaneTags": {SERVICE_TAG: service.1}},
            "ports": ports,
            "identities": identities,
            "state": if is_available { "Available" } else { "Unavailable" },
        }))
    }
}

impl Port {
    fn of(inbound: &Inbound) -> Self {
        Self {
            name: inbound.section_name(),
            number: inbound.port,
            protocol: inbound.spoken().unwrap_or("tcp").to_owned(),
            is_ready: inbound.is_ready(),
        }
    }

    fn written(&self) -> Value {
        json!({"name": self.name, "port": self.number, "targetPort": self.number, "appProtocol": self.protocol})
    }
}

fn wants_services(mesh: &Resource) -> bool {
    let spec = mesh.spec.value().and_then(|value| model::parse(mesh.kind(), value).ok().flatten());
    let Some(Model::Mesh(mesh)) = spec else { return false };
    mesh.mesh_services.is_some_and(|services| !services.mode.is(&MeshServicesMode::Disabled))
}

/// The services that a proxy says it serves. What cannot be the name of one is left out, as in Kuma.
fn serves(dataplane: &Resource) -> BTreeMap<ResourceName, Vec<Port>> {
    let spec = dataplane.spec.value().and_then(|value| model::parse(dataplane.kind(), value).ok().flatten());
    let Some(Model::Dataplane(spec)) = spec else { return BTreeMap::new() };
    let mut serves: BTreeMap<ResourceName, Vec<Port>> = BTreeMap::new();
    let inbounds = spec.networking.map(|networking| networking.inbound).unwrap_or_default();
    for inbound in inbounds.iter().filter(|inbound| !inbound.is_ignored()) {
        let name = inbound.tags.get(SERVICE_TAG).filter(|name| is_label(name));
        if let Some(name) = name.and_then(|name| ResourceName::new(name).ok()) {
            serves.entry(name).or_default().push(Port::of(inbound));
        }
    }
    serves
}

/// A DNS label of RFC 1035: the name of a service becomes a part of host names.
fn is_label(name: &str) -> bool {
    let mut letters = name.bytes();
    let begins = letters.next().is_some_and(|first| first.is_ascii_lowercase());
    let goes_on = letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-');
    begins && goes_on && !name.ends_with('-') && name.len() <= 63
}

/// The `MeshService`s that a zone with these proxies makes in these meshes.
pub(crate) fn services_of<'a>(meshes: impl Iterator<Item = &'a Resource>, proxies: impl Iterator<Item = &'a Resource>) -> Vec<Resource> {
    let mut generated = Generated::nothing(SERVICES_STAY_FOR);
    generated.meshes = meshes.filter(|mesh| wants_services(mesh)).filter_map(|mesh| MeshName::new(mesh.key.name.as_str()).ok()).collect();
    proxies.for_each(|proxy| generated.take_proxy(&proxy.key, Some(proxy)));
    let one = |service: &Service| {
        let key = Key { kind: Kind::mesh_service(), mesh: Some(service.0.clone()), name: service.1.clone() };
        Some(made(key, generated.wanted(service, None)?))
    };
    generated.served.keys().filter_map(one).collect()
}

fn made(key: Key, spec: Value) -> Resource {
    let labels = Labels::from([(labels::MANAGED_BY.to_owned(), BY.to_owned())]);
    Resource { key, labels, spec: Spec::new(spec), status: None }
}

fn is_generated(resource: Option<&Resource>) -> bool {
    let by = resource.filter(|resource| resource.kind().as_str() == "MeshService");
    by.and_then(|service| service.labels.get(labels::MANAGED_BY)).is_some_and(|by| by == BY)
}

impl ZoneNode {
    /// Takes over what was written, and makes services what they are to be by that.
    pub(super) fn generate(&mut self, now: Mono, written: &[Write], out: &mut Out<ZoneEffect>) {
        for write in written {
            self.generated.take(write.key(), write.resource().map(Arc::as_ref), &self.catalog);
        }
        let due = self.generated.leaving.iter().filter(|(_, at)| **at <= now).map(|(service, _)| service.clone());
        let services: BTreeSet<Service> = due.chain(std::mem::take(&mut self.generated.changed)).collect();
        let changes: Vec<Change> = services.iter().filter_map(|service| self.generated_change(now, service)).collect();
        if changes.is_empty() {
            return;
        }
        if let Err(refused) = self.write(now, changes, out) {
            tracing::warn!(%refused, "services could not be made of what proxies say");
        }
        self.provide(now, false, out);
    }

    /// What is to be written, if a service is not what it is to be.
    fn generated_change(&mut self, now: Mono, service: &Service) -> Option<Change> {
        let key = Key { kind: Kind::new("MeshService").ok()?, mesh: Some(service.0.clone()), name: service.1.clone() };
        let held = self.catalog.get(&key);
        if held.is_some() && !is_generated(held.map(Arc::as_ref)) {
            // A user's own.
            self.generated.leaving.remove(service);
            return None;
        }
        if !self.generated.meshes.contains(&service.0) {
            self.generated.leaving.remove(service);
            return held.map(|_| Change::Delete(key));
        }
        if let Some(wanted) = self.generated.wanted(service, held.and_then(|held| held.spec.value())) {
            self.generated.leaving.remove(service);
            let is_so = held.is_some_and(|held| held.spec.value() == Some(&wanted));
            return (!is_so).then(|| Change::Put(made(key, wanted)));
        }
        held?;
        let leaves_at = *self.generated.leaving.entry(service.clone()).or_insert_with(|| now.after(self.generated.stay_for));
        if leaves_at <= now {
            self.generated.leaving.remove(service);
            return Some(Change::Delete(key));
        }
        None
    }
}
