//! The ways into other zones that are known in a mesh.
use super::{
    Endpoint,
    away::{Asked, Way},
};
use crate::resource::{Key, ZoneName};
use std::collections::{BTreeMap, BTreeSet};

/// By the resources that say them.
#[derive(Debug, Default)]
pub(super) struct Ways(BTreeMap<Key, Way>);

impl Ways {
    /// Takes over what is held of one now. The zones that are reached otherwise than before, and of them those that are asked by other names.
    pub(super) fn put(&mut self, key: &Key, way: Option<Way>) -> (BTreeSet<ZoneName>, BTreeSet<ZoneName>) {
        let known = self.0.get(key);
        if known == way.as_ref() {
            return Default::default();
        }
        let zones: BTreeSet<ZoneName> = known.into_iter().chain(&way).map(|way| way.zone.clone()).collect();
        let asked: Vec<Option<Asked>> = zones.iter().map(|zone| self.asked(zone)).collect();
        match way {
            Some(way) => _ = self.0.insert(key.clone(), way),
            None => _ = self.0.remove(key),
        }
        let otherwise =
            zones.iter().zip(asked).filter(|(zone, before)| self.asked(zone) != *before).map(|(zone, _)| zone.clone()).collect();
        (zones, otherwise)
    }

    /// Whether the mesh itself says none; those that are said for all meshes are put again when it is there.
    pub(super) fn are_none_its_own(&self) -> bool {
        self.0.values().all(|way| way.asked == Asked::AsBefore)
    }

    /// How those in a zone are asked for; `None`: there is no way there. What is said in the mesh counts, where anything is, as in Kuma.
    pub(super) fn asked(&self, zone: &ZoneName) -> Option<Asked> {
        self.0.values().filter(|way| way.zone == *zone).map(|way| way.asked).min()
    }

    /// Those into a zone.
    pub(super) fn to<'a, 'b>(&'a self, zone: &'b ZoneName) -> impl Iterator<Item = (&'a Key, Endpoint)> + use<'a, 'b> {
        let asked = self.asked(zone);
        self.0.iter().filter(move |(_, way)| way.zone == *zone && Some(way.asked) == asked).map(|(key, way)| (key, way.to))
    }
}
