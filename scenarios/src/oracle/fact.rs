//! One record of a node's disk, as far as invariants read it.
use super::{public_half::public_half, readings::Readings};
use crate::{digest::digest, event::NodeId};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::BTreeSet;
use strait_core::{
    StoreKey,
    resource::{Key, Kind, MeshName, Resource, ZoneName},
    sync::{Lineage, Position},
};

/// What a record says; `None` where there is no record.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// The history of this store.
    Lineage(Option<Box<Lineage>>),
    /// Up to where the other end's history is held: on the lane to or from this zone.
    Floor(ZoneName, Option<Position>),
    /// The kinds of which something for zones was ever held here.
    Offered(BTreeSet<Kind>),
    /// A resource, by the record that holds it.
    Resource(StoreKey, Option<Print>),
}

/// What a resource looked like: enough to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Print {
    /// All of it.
    pub(crate) whole: u128,
    /// What does not change on the way to another control plane: kind, mesh, display name, spec.
    pub(crate) on_the_wire: u128,
}

impl Print {
    /// The print of a resource.
    pub(crate) fn of(resource: &Resource) -> Self {
        // An insight's spec loses its generations on the way, and of a key only its public half goes.
        let half = public_half(resource).map(|half| half.spec);
        let spec = (!resource.kind().as_str().ends_with("Insight")).then_some(half.as_ref().unwrap_or(&resource.spec));
        let wire = (resource.kind(), resource.mesh(), resource.display_name(), spec);
        Self { whole: digest(resource), on_the_wire: digest(&wire) }
    }
}

/// Where records keep a resource, below `own/` and `synced/`.
pub(crate) fn address(key: &Key) -> String {
    format!("{}/{}/{}", key.kind, key.mesh.as_ref().map_or("-", MeshName::as_str), key.name)
}

#[derive(Deserialize)]
struct ZoneRecord {
    floor: Option<Position>,
}

impl Fact {
    /// What a record of that node's disk says. `None`: nothing that is judged.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(node: &NodeId, key: &StoreKey, value: Option<&[u8]>, readings: &mut Readings) -> Result<Option<Self>, String> {
        let Some((space, rest)) = key.0.split_once('/') else {
            return Ok(None);
        };
        Ok(match (space, rest, node.zone()) {
            ("meta", "lineage", _) => Some(Self::Lineage(parse(key, value)?.map(Box::new))),
            ("meta", "offered", _) => Some(Self::Offered(parse(key, value)?.unwrap_or_default())),
            ("floor", "down", Some(zone)) => Some(Self::Floor(zone.clone(), parse(key, value)?)),
            ("zone", name, None) => {
                let zone = ZoneName::new(name).map_err(|error| format!("the record `{key}`: {error}"))?;
                Some(Self::Floor(zone, parse::<ZoneRecord>(key, value)?.and_then(|record| record.floor)))
            }
            ("own" | "synced", ..) => {
                let reading = value.map(|record| readings.read(key, record)).transpose()?;
                Some(Self::Resource(key.clone(), reading.map(|reading| reading.print)))
            }
            _ => None,
        })
    }
}

fn parse<T: DeserializeOwned>(key: &StoreKey, value: Option<&[u8]>) -> Result<Option<T>, String> {
    let parsed = value.map(serde_json::from_slice).transpose();
    parsed.map_err(|error| format!("the record `{key}` cannot be read: {error}"))
}
