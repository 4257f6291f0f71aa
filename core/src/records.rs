//! How a node's state is written in its store: one JSON record per fact, under readable keys.
//!
//! | key | what |
//! | --- | --- |
//! | `meta/lineage` | the history of this store ([`crate::sync::Lineage`]) |
//! | `meta/kinds` | every kind ever held here |
//! | `meta/offered` | on global: every kind of which something for zones was ever held here |
//! | `meta/unadopted` | this may not be the history that zones know; written by [`mark_backup`], or when a zone showed a position off it; removed by an operator's `adopt` |
//! | `meta/rejected` | in a zone: what it refused and still waits for |
//! | `meta/forgotten` | what went at this sequence or before is no longer listed below `gone/` |
//! | `own/KIND/MESH/NAME` | a resource of this store's own history, with its sequence |
//! | `gone/KIND/MESH/NAME` | the sequence at which a resource went, by its name on the wire |
//! | `synced/KIND/MESH/NAME` | in a zone: a resource that came from global |
//! | `floor/down` | in a zone: up to where global's history is held |
//! | `zone/NAME` | on global: what is known of a zone |
//! | `vip/ADDRESS` | in a zone: the service that has this virtual IP, or had it last |
//! | `brought/MESH/NAME` | in a zone: a proxy brought this `Dataplane` along, which goes with it |
//! | `authority/MESH/IDENTITY/DOMAIN` | in a zone: the authority that it made for a `MeshIdentity` and a trust domain, its key sealed |
//! | `rotation/MESH/IDENTITY/DOMAIN` | in a zone: how far another authority is that takes the place of that one, its key sealed |
//! | `kubernetes/KIND` | in a zone: the newest version of the objects of a kind that anything here was made of |
//! | `meta/history` | in a zone in a cluster: the cluster may know of a history that this one goes on from, or does, and not all of it is here again |
//! | `turns/NAME` | on global: the sequences at which a zone gained or lost a mesh, or its exports were withheld or let through |
//!
//! `MESH` is `-` for a kind that belongs to no mesh.
use crate::{
    machine::{Durable, RecoverError, StoreKey},
    resource::{Key, Kind, MeshName, ResourceName},
};
use serde::{Serialize, de::DeserializeOwned};
use std::net::Ipv4Addr;

/// Records to write and to remove, which become one batch.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    pub(crate) put: Vec<(StoreKey, Vec<u8>)>,
    pub(crate) delete: Vec<StoreKey>,
}

impl Writes {
    pub(crate) fn put<T: Serialize>(&mut self, key: StoreKey, value: &T) {
        let value = serde_json::to_vec(value).expect("records hold only what JSON can say");
        self.put.push((key, value));
    }

    pub(crate) fn delete(&mut self, key: StoreKey) {
        self.delete.push(key);
    }

    /// The same, also if it was put just now: of one batch, deletions come first.
    pub(crate) fn delete_also_if_put(&mut self, key: StoreKey) {
        self.put.retain(|(put, _)| *put != key);
        self.delete(key);
    }
}

/// The first part of a resource's record key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Own,
    Gone,
    Synced,
}

impl Space {
    fn prefix(self) -> &'static str {
        match self {
            Self::Own => "own/",
            Self::Gone => "gone/",
            Self::Synced => "synced/",
        }
    }

    pub(crate) fn key(self, key: &Key) -> StoreKey {
        let mesh = key.mesh.as_ref().map_or("-", MeshName::as_str);
        StoreKey(format!("{}{}/{mesh}/{}", self.prefix(), key.kind, key.name))
    }
}

pub(crate) fn lineage() -> StoreKey {
    StoreKey("meta/lineage".to_owned())
}

pub(crate) fn history() -> StoreKey {
    StoreKey("meta/history".to_owned())
}

pub(crate) fn forgotten() -> StoreKey {
    StoreKey("meta/forgotten".to_owned())
}

pub(crate) fn kinds() -> StoreKey {
    StoreKey("meta/kinds".to_owned())
}

pub(crate) fn offered() -> StoreKey {
    StoreKey("meta/offered".to_owned())
}

pub(crate) fn unadopted() -> StoreKey {
    StoreKey("meta/unadopted".to_owned())
}

pub(crate) fn rejected() -> StoreKey {
    StoreKey("meta/rejected".to_owned())
}

pub(crate) fn floor_down() -> StoreKey {
    StoreKey("floor/down".to_owned())
}

pub(crate) fn zone(name: &crate::resource::ZoneName) -> StoreKey {
    StoreKey(format!("zone/{name}"))
}

/// The first part of the keys of [`vip`].
pub(crate) const VIPS: &str = "vip/";

pub(crate) fn vip(address: Ipv4Addr) -> StoreKey {
    StoreKey(format!("{VIPS}{address}"))
}

/// The first part of the keys of [`brought`].
pub(crate) const BROUGHT: &str = "brought/";

pub(crate) fn brought(dataplane: &Key) -> StoreKey {
    let mesh = dataplane.mesh.as_ref().map_or("-", MeshName::as_str);
    StoreKey(format!("{BROUGHT}{mesh}/{}", dataplane.name))
}

/// The first part of the keys of [`authority`].
pub(crate) const AUTHORITIES: &str = "authority/";

pub(crate) fn authority(identity: &Key, trust_domain: &str) -> StoreKey {
    of_domain(AUTHORITIES, identity, trust_domain)
}

/// The first part of the keys of [`rotation`].
pub(crate) const ROTATIONS: &str = "rotation/";

pub(crate) fn rotation(identity: &Key, trust_domain: &str) -> StoreKey {
    of_domain(ROTATIONS, identity, trust_domain)
}

fn of_domain(below: &str, identity: &Key, trust_domain: &str) -> StoreKey {
    let mesh = identity.mesh.as_ref().map_or("-", MeshName::as_str);
    StoreKey(format!("{below}{mesh}/{}/{trust_domain}", identity.name))
}

/// The first part of the keys of [`kubernetes`].
pub(crate) const KUBERNETES: &str = "kubernetes/";

pub(crate) fn kubernetes(kind: crate::kubernetes::ObjectKind) -> StoreKey {
    StoreKey(format!("{KUBERNETES}{kind}"))
}

/// The first part of the keys of [`turns`].
pub(crate) const TURNS: &str = "turns/";

pub(crate) fn turns(name: &crate::resource::ZoneName) -> StoreKey {
    StoreKey(format!("{TURNS}{name}"))
}

/// Marks a copy of a store as a backup, so that a global that is started from it answers no plain Kuma zone until an operator
/// adopts: the first answer of a kind deletes what it does not list. A copy of nothing stays that: whoever starts from it begins anew, and
/// has admitted nobody.
pub fn mark_backup(copy: &mut Durable) {
    if !copy.is_empty() {
        copy.insert(unadopted(), b"true".to_vec());
    }
}

/// The record at `key`, if there is one.
pub(crate) fn read<T: DeserializeOwned>(durable: &Durable, key: &StoreKey) -> Result<Option<T>, RecoverError> {
    durable.get(key).map(|bytes| parse(key, bytes)).transpose()
}

/// All records below a prefix, with what their keys name.
pub(crate) fn read_space<T: DeserializeOwned>(durable: &Durable, space: Space) -> Result<Vec<(Key, T)>, RecoverError> {
    below(durable, space.prefix()).map(|(key, rest, bytes)| Ok((resource_key(key, rest)?, parse(key, bytes)?))).collect()
}

/// All records below `prefix`, with the rest of their keys.
pub(crate) fn below<'a>(durable: &'a Durable, prefix: &'a str) -> impl Iterator<Item = (&'a StoreKey, &'a str, &'a [u8])> {
    durable
        .range(StoreKey(prefix.to_owned())..)
        .map_while(move |(key, bytes)| key.0.strip_prefix(prefix).map(|rest| (key, rest, bytes.as_slice())))
}

pub(crate) fn parse<T: DeserializeOwned>(key: &StoreKey, bytes: &[u8]) -> Result<T, RecoverError> {
    serde_json::from_slice(bytes).map_err(|error| unreadable(key, error.to_string()))
}

pub(crate) fn unreadable(key: &StoreKey, why: String) -> RecoverError {
    RecoverError { key: key.clone(), why }
}

fn resource_key(key: &StoreKey, rest: &str) -> Result<Key, RecoverError> {
    let mut parts = rest.splitn(3, '/');
    let (Some(kind), Some(mesh), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(unreadable(key, "its key is not KIND/MESH/NAME".to_owned()));
    };
    let wrong = |error: crate::resource::NameError| unreadable(key, error.to_string());
    Ok(Key {
        kind: Kind::new(kind).map_err(wrong)?,
        mesh: if mesh == "-" { None } else { Some(MeshName::new(mesh).map_err(wrong)?) },
        name: ResourceName::new(name).map_err(wrong)?,
    })
}
