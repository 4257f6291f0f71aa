//! Where other zones come in: a `MeshZoneAddress` in each mesh that the zone holds for each address that its ingresses advertise. Those of Kuma 2.14
//! read the `ZoneIngress` itself, which travels to them as it is.
//!
//! Made anew of what is held whenever that changes, and written as far as it is not so. What a user has written is left as it is.
use super::ZoneNode;
use crate::{
    machine::Out,
    node::{Change, ZoneEffect},
    resource::{
        Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, labels,
        model::{self, Model},
    },
    sync::catalog::Write,
    time::Mono,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Who made a `MeshZoneAddress`.
const BY: &str = "strait-zone-ingress";

impl ZoneNode {
    /// Takes over what was written, as far as it says where others come in.
    pub(super) fn let_in(&mut self, now: Mono, written: &[Write], out: &mut Out<ZoneEffect>) {
        let is_about = |kind: &Kind| *kind == Kind::mesh() || *kind == Kind::zone_ingress() || *kind == address_kind();
        if written.iter().any(|write| is_about(&write.key().kind)) {
            self.write_entrances(now, out);
        }
    }

    /// Makes the addresses what they are to be.
    pub(super) fn write_entrances(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        let mut wanted = self.wanted_entrances();
        let mut changes = Vec::new();
        for held in self.catalog.of_kind(&address_kind()) {
            let wanted = wanted.remove(&held.key);
            if !is_ours(held) {
                continue;
            }
            match wanted {
                Some(spec) if held.spec.value() == Some(&spec) => {}
                Some(spec) => changes.push(Change::Put(address(held.key.clone(), spec))),
                None => changes.push(Change::Delete(held.key.clone())),
            }
        }
        changes.extend(wanted.into_iter().map(|(key, spec)| Change::Put(address(key, spec))));
        if changes.is_empty() {
            return;
        }
        if let Err(refused) = self.write(now, changes, out) {
            tracing::warn!(%refused, "where other zones come in could not be said");
        }
        self.provide(now, false, out);
    }

    /// By name. Of two ingresses behind one address the first gives it its name.
    fn wanted_entrances(&self) -> BTreeMap<Key, Value> {
        let (mesh, ingress) = (Kind::mesh(), Kind::zone_ingress());
        let ingresses = self.catalog.of_kind(&ingress).filter(|ingress| !self.proxies.deaf.has(ingress));
        let meshes = self.replica.of_kind(&mesh).filter_map(|mesh| MeshName::new(mesh.key.name.as_str()).ok());
        addresses(ingresses.map(|ingress| &**ingress), &meshes.collect())
    }
}

/// What of these ingresses other zones are to know, in these meshes.
fn addresses<'a>(ingresses: impl Iterator<Item = &'a Resource>, meshes: &BTreeSet<MeshName>) -> BTreeMap<Key, Value> {
    let mut addresses: BTreeMap<(String, u32), &ResourceName> = BTreeMap::new();
    for ingress in ingresses {
        if let Some(address) = advertised(ingress) {
            addresses.entry(address).or_insert(&ingress.key.name);
        }
    }
    let of = |mesh: &MeshName, name: &ResourceName| Key { kind: address_kind(), mesh: Some(mesh.clone()), name: name.clone() };
    let one = |((address, port), name): (&(String, u32), &&ResourceName)| {
        let spec = json!({"address": address, "port": port});
        meshes.iter().map(|mesh| (of(mesh, name), spec.clone())).collect::<Vec<_>>()
    };
    addresses.iter().flat_map(one).collect()
}

/// The `MeshZoneAddress`es that a zone with these ingresses writes.
pub(crate) fn zone_addresses<'a>(ingresses: impl Iterator<Item = &'a Resource>, meshes: &BTreeSet<MeshName>) -> Vec<Resource> {
    addresses(ingresses, meshes).into_iter().map(|(key, spec)| address(key, spec)).collect()
}

/// Where other zones are to connect; both parts, or nowhere (as in Kuma).
fn advertised(ingress: &Resource) -> Option<(String, u32)> {
    let Ok(Some(Model::ZoneIngress(spec))) = model::parse(ingress.kind(), ingress.spec.value()?) else { return None };
    let networking = spec.networking?;
    let is_whole = !networking.advertised_address.is_empty() && networking.advertised_port != 0;
    is_whole.then_some((networking.advertised_address, networking.advertised_port))
}

fn address_kind() -> Kind {
    Kind::new("MeshZoneAddress").expect("it is the name of a kind")
}

fn address(key: Key, spec: Value) -> Resource {
    let labels = Labels::from([(labels::MANAGED_BY.to_owned(), BY.to_owned())]);
    Resource { key, labels, spec: Spec::new(spec), status: None }
}

fn is_ours(resource: &Resource) -> bool {
    resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == BY)
}
