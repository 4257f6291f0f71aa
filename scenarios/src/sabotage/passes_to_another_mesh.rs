//! `passes-to-another-mesh`: an ingress passes what is for a service on to the service of that name in another mesh. Broken: L5, as who serves
//! there cannot prove to be who was asked for.
use super::Sabotage;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    plan::{Endpoint, Part},
    resource::{MeshName, ZoneName},
};

/// `passes-to-another-mesh`.
#[derive(Debug, Default)]
pub(super) struct PassesToAnotherMesh {
    /// Who serves, by name and mesh.
    serve: BTreeMap<String, BTreeMap<MeshName, BTreeSet<Endpoint>>>,
}

impl Sabotage for PassesToAnotherMesh {
    fn part(&mut self, _: &ZoneName, part: &mut Part) {
        let Part::Passage(passage) = part else { return };
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
