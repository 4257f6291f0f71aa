//! `passes-to-another-mesh`: an ingress passes what is for a service on to the service of that name in another mesh. Broken: L5, as who serves
//! there cannot prove to be who was asked for.
use super::{Sabotage, ZoneActor, taken};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    Emit, Out, Step,
    node::{ToProxy, ZoneEffect, ZoneInput},
    plan::{Endpoint, Part},
    resource::{MeshName, ZoneName},
    time::Now,
};

/// `passes-to-another-mesh`.
#[derive(Debug, Default)]
pub(super) struct PassesToAnotherMesh {
    /// Who serves, by name and mesh.
    serve: BTreeMap<String, BTreeMap<MeshName, BTreeSet<Endpoint>>>,
}

impl Sabotage for PassesToAnotherMesh {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(ZoneEffect::Proxy(_, ToProxy::Plan(update))) = &mut emit {
                for part in &mut update.put {
                    let Part::Passage(passage) = part else { continue };
                    let service = &passage.to.destination.service;
                    let serve = self.serve.entry(service.name.clone()).or_default();
                    serve.insert(service.mesh.clone(), passage.to.endpoints.clone());
                    let others = serve.iter().find(|(mesh, others)| **mesh != service.mesh && !others.is_empty());
                    if let Some((_, others)) = others {
                        let others = others.clone();
                        Arc::make_mut(&mut passage.to).endpoints = others;
                    }
                }
            }
            out.push(emit);
        }
    }
}
