//! Before the first step: meshes and resources are written, and everything is up.
use super::play::{Play, Played};
use crate::event::NodeId;
use serde_json::json;
use std::time::Duration;
use strait_core::{
    node::Change,
    resource::{Key, Labels, Resource, ResourceName, Spec},
    sync::Dialect,
};

/// How long a control plane may take to come up.
const UP_WITHIN: Duration = Duration::from_secs(10);
/// How long a zone may take to hold the meshes that its own resources need.
const MESHES_WITHIN: Duration = Duration::from_secs(60);

impl Play<'_> {
    pub(super) fn prepare(&mut self) -> Played {
        self.until_up(&NodeId::Global)?;
        let placed_at = |at: &NodeId, is_mesh: bool| -> Vec<Resource> {
            let placed = self.scenario.resources.iter().filter(|placed| placed.at == *at);
            placed.map(|placed| placed.resource.clone()).filter(|resource| (resource.kind().as_str() == "Mesh") == is_mesh).collect()
        };
        let mut meshes = placed_at(&NodeId::Global, true);
        for mesh in &self.scenario.meshes {
            if !meshes.iter().any(|written| written.key.name.as_str() == mesh.as_str()) {
                meshes.push(plain_mesh(mesh.as_str(), !self.scenario.proxies.is_empty()));
            }
        }
        let others = placed_at(&NodeId::Global, false);
        let by_zone: Vec<(NodeId, Vec<Resource>)> =
            self.scenario.zones.keys().map(|zone| NodeId::Zone(zone.clone())).map(|at| (at.clone(), placed_at(&at, false))).collect();
        self.write(&NodeId::Global, meshes)?;
        self.write(&NodeId::Global, others)?;
        for (at, resources) in by_zone {
            if !resources.is_empty() {
                self.until_meshes_are_there(&at, &resources)?;
                self.write(&at, resources)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, at: &NodeId, resources: Vec<Resource>) -> Played {
        if resources.is_empty() {
            return Ok(());
        }
        self.edit(at, resources.into_iter().map(Change::Put).collect(), None)?;
        self.until_answered()
    }

    /// A zone of ours takes a resource only into a mesh that it holds.
    fn until_meshes_are_there(&mut self, at: &NodeId, resources: &[Resource]) -> Played {
        self.until_up(at)?;
        let dialect = if let NodeId::Zone(zone) = at { self.scenario.zones.get(zone) } else { None };
        if dialect != Some(&Dialect::Strait) {
            return Ok(());
        }
        let needed: Vec<Key> = resources.iter().filter_map(|resource| mesh_key(resource.mesh()?.as_str())).collect();
        let deadline = self.world.now().after(MESHES_WITHIN);
        while !needed.iter().all(|mesh| self.observations.get(at).is_some_and(|node| node.view.resources.contains_key(mesh))) {
            if self.world.now() >= deadline {
                return Err(self.failed("step", "resources", Some(at), "its resources wait for a mesh that does not come".to_owned()));
            }
            self.advance(deadline)?;
        }
        Ok(())
    }

    pub(super) fn until_up(&mut self, who: &NodeId) -> Played {
        let deadline = self.world.now().after(UP_WITHIN);
        while !self.observations.contains_key(who) {
            if self.world.now() >= deadline {
                return Err(self.failed("step", "up", Some(who), "it is down".to_owned()));
            }
            self.advance(deadline)?;
        }
        Ok(())
    }
}

fn mesh_key(name: &str) -> Option<Key> {
    Some(Key { kind: strait_core::resource::Kind::mesh(), mesh: None, name: ResourceName::new(name).ok()? })
}

/// One in which services are made of what proxies say, as in a new mesh of Kuma 3, if there are any.
fn plain_mesh(name: &str, has_proxies: bool) -> Resource {
    let key = mesh_key(name).expect("the name of a mesh is a name");
    let spec = if has_proxies { json!({"meshServices": {"mode": "Exclusive"}}) } else { json!({}) };
    Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None }
}
