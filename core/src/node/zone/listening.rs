//! Whether an ingress has taken its listener. Before it has, nobody comes in by it, and other zones are told of it by nothing: neither by a
//! `MeshZoneAddress` nor by the `ZoneIngress` itself.
//!
//! One that brings its `ZoneIngress` along has that written with the label by which a resource stays in its zone
//! (`kuma.io/kds-sync: disabled`), and without it once it listens: so it is known after a restart, too. One that somebody else wrote is left as
//! it is, and gets no `MeshZoneAddress` while its proxy refuses its listener.
use super::ZoneNode;
use crate::{
    machine::Out,
    node::{Change, ZoneEffect},
    plan::PartName,
    resource::{Key, Resource, labels},
    time::Mono,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Ingresses that do not listen, as they brought themselves along, if they did.
#[derive(Debug, Default)]
pub(super) struct Deaf(BTreeMap<Key, Option<Resource>>);

impl Deaf {
    /// Whether others may not be told of it. Its resource says so too, if it was told to this process or to one before it.
    pub(super) fn has(&self, ingress: &Resource) -> bool {
        self.0.contains_key(&ingress.key) || stays_here(ingress)
    }

    /// Somebody else wrote it: it stays as he did.
    pub(super) fn disown(&mut self, ingress: &Key) {
        if let Some(brought) = self.0.get_mut(ingress) {
            *brought = None;
        }
    }

    /// It is no more.
    pub(super) fn forget(&mut self, ingress: &Key) {
        self.0.remove(ingress);
    }
}

impl ZoneNode {
    /// What is to be written of an ingress that comes with this. `held`: what it was before. Where it listened before it listens still, or again soon.
    pub(super) fn as_it_comes(&mut self, brought: Resource) -> Resource {
        let listens = self.catalog.get(&brought.key).filter(|held| !self.proxies.deaf.has(held));
        if listens.is_some_and(|held| place(held) == place(&brought)) {
            return brought;
        }
        let mut written = brought.clone();
        written.labels.insert(labels::KDS_SYNC.to_owned(), "disabled".to_owned());
        self.proxies.deaf.0.insert(brought.key.clone(), Some(brought));
        written
    }

    /// An ingress has taken what it was told, but for these parts. `has_entrance`: a listener was among what it was ever told.
    pub(super) fn listens(
        &mut self,
        now: Mono,
        ingress: &Key,
        has_entrance: bool,
        refused: &BTreeSet<PartName>,
        out: &mut Out<ZoneEffect>,
    ) {
        if !has_entrance || refused.contains(&PartName::Entrance) {
            if !self.proxies.deaf.0.contains_key(ingress) {
                self.listens_no_more(now, ingress, out);
            }
            return;
        }
        let Some(brought) = self.proxies.deaf.0.remove(ingress) else { return };
        let written = brought.map(|brought| self.write(now, vec![Change::Put(brought)], out));
        if let Some(Err(refused)) = written {
            tracing::warn!(%ingress, %refused, "it cannot be said that an ingress listens");
        }
        self.write_entrances(now, out);
    }

    /// It came where it had listened before, and cannot any more.
    fn listens_no_more(&mut self, now: Mono, ingress: &Key, out: &mut Out<ZoneEffect>) {
        let held = self.catalog.get(ingress).filter(|_| self.proxies.has_brought(ingress)).map(|held| Resource::clone(held));
        let written = held.clone().map(|mut written| {
            written.labels.insert(labels::KDS_SYNC.to_owned(), "disabled".to_owned());
            self.write(now, vec![Change::Put(written)], out)
        });
        if let Some(Err(refused)) = written {
            tracing::warn!(%ingress, %refused, "it cannot be said that an ingress does not listen");
        }
        self.proxies.deaf.0.insert(ingress.clone(), held);
        self.write_entrances(now, out);
    }
}

fn stays_here(ingress: &Resource) -> bool {
    ingress.labels.get(labels::KDS_SYNC).is_some_and(|sync| sync == "disabled")
}

/// Where it listens, and where others reach it.
fn place(ingress: &Resource) -> Vec<Option<&Value>> {
    let networking = ingress.spec.value().and_then(|spec| spec.get("networking"));
    ["address", "port", "advertisedAddress", "advertisedPort"].map(|field| networking?.get(field)).to_vec()
}
