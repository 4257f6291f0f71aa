//! Ingresses: those of this zone have plans, those of others are ways.
use super::{Affected, Plans};
use crate::{
    plan::{Touched, away::Way, ingress::Ingress, mesh::Services},
    resource::{Key, Kind, MeshName, Resource, model::Violation},
};
use std::{collections::BTreeMap, sync::Arc};

impl Plans {
    pub(super) fn put_ingress(
        &mut self,
        key: &Key,
        resource: Option<&Arc<Resource>>,
        found: &mut BTreeMap<MeshName, Services>,
        affected: &mut Affected,
    ) -> Result<(), Vec<Violation>> {
        if key.kind != Kind::zone_ingress() {
            return Ok(());
        }
        self.put_older_way(key, resource, found);
        let read = resource.map(|resource| Ingress::of(resource, &self.here)).transpose();
        let ingress = read.as_ref().ok().cloned().flatten().flatten();
        let before = match &ingress {
            Some(ingress) => self.ingresses.insert(key.name.clone(), ingress.clone()),
            None => self.ingresses.remove(&key.name),
        };
        if ingress.is_some() && before != ingress {
            let touched = if before.is_none() { Touched::everything() } else { Touched { entrance: true, ..Touched::default() } };
            affected.proxies.entry(key.clone()).or_default().extend(touched);
        }
        read.map(drop)
    }

    fn put_older_way(&mut self, key: &Key, resource: Option<&Arc<Resource>>, found: &mut BTreeMap<MeshName, Services>) {
        let way = resource.and_then(|resource| Way::of_ingress(resource, &self.here));
        let before = match &way {
            Some(way) => self.older_ways.insert(key.clone(), way.clone()),
            None => self.older_ways.remove(key),
        };
        if before == way {
            return;
        }
        for (name, mesh) in &mut self.meshes {
            mesh.put_way(key, way.clone(), found.entry(name.clone()).or_default());
        }
    }

    pub(super) fn touch_ingresses(&self, touched: &Touched, affected: &mut Affected) {
        let keys = self.ingresses.keys().map(Ingress::key);
        keys.for_each(|key| affected.proxies.entry(key).or_default().extend(touched.clone()));
    }
}
