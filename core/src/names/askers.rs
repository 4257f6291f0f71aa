//! In which mesh an address asks: that of the proxy which is there.
use crate::resource::{Key, MeshName, Resource};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// The proxies of a zone, by their addresses.
#[derive(Debug, Default)]
pub(super) struct Askers {
    of: BTreeMap<Key, IpAddr>,
    at: BTreeMap<IpAddr, BTreeSet<Key>>,
}

impl Askers {
    /// Takes over what is held of a key: a resource, or nothing.
    pub(super) fn apply(&mut self, key: &Key, resource: Option<&Resource>) {
        if key.kind.as_str() != "Dataplane" {
            return;
        }
        if let Some(before) = self.of.remove(key)
            && let Some(keys) = self.at.get_mut(&before)
        {
            keys.remove(key);
            if keys.is_empty() {
                self.at.remove(&before);
            }
        }
        if let Some(address) = resource.and_then(address) {
            self.of.insert(key.clone(), address);
            self.at.entry(address).or_default().insert(key.clone());
        }
    }

    /// The mesh of all proxies that are at this address. `None`: there is none, or they are of several meshes, so that the address says nothing.
    pub(super) fn mesh(&self, address: IpAddr) -> Option<&MeshName> {
        let keys = self.at.get(&address.to_canonical())?;
        // Keys of one kind are in the order of their meshes.
        let (first, last) = (keys.first()?.mesh.as_ref()?, keys.last()?.mesh.as_ref()?);
        (first == last).then_some(first)
    }
}

/// Where a proxy is. Kuma also takes a host name, from which nobody asks.
fn address(dataplane: &Resource) -> Option<IpAddr> {
    let address = dataplane.spec.value()?.pointer("/networking/address")?.as_str()?;
    Some(address.parse::<IpAddr>().ok()?.to_canonical())
}
