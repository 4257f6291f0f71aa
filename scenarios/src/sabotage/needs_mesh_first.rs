//! `needs-mesh-first`: once a zone has meshes, it drops what comes for a mesh of which it has not heard yet, and says nothing of it.
//! Broken: L1.
use super::{Sabotage, ZoneActor};
use std::collections::BTreeSet;
use strait_core::{
    Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::{MeshName, ZoneName},
    sync::{Lane, ResponseBody},
    time::Now,
};

/// The meshes of which it has heard.
#[derive(Debug, Default)]
pub(super) struct NeedsMeshFirst {
    heard: BTreeSet<MeshName>,
}

impl Sabotage for NeedsMeshFirst {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Response(_, response)) = &mut step
            && let (Lane::Down, ResponseBody::Resources { kind, put, .. }) = (response.lane, &mut response.body)
        {
            if kind.as_str() == "Mesh" {
                self.heard.extend(put.iter().filter_map(|mesh| MeshName::new(mesh.key.name.as_str()).ok()));
            } else if !self.heard.is_empty() {
                put.retain(|resource| resource.mesh().is_none_or(|mesh| self.heard.contains(mesh)));
            }
        }
        node.handle(now, step, out);
    }
}
