//! What is done to and by workloads, in cases that have some.
use super::{OpClass, OpFacts, Sight, Written};
use crate::{
    event::NodeId,
    explore::{
        op::{Op, Pick},
        workloads::{questions, questions_in},
    },
    language::Venue,
    scenario::Scenario,
    workload::ProxyId,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An operator of a zone wants another authority for its proxies.
pub(super) const ROTATE: OpFacts = OpFacts {
    name: "rotate",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, sight| {
        let up = sight.fair_up();
        let zones: Vec<_> = sight.workload_zones().into_iter().filter(|zone| up.contains(&NodeId::Zone(zone.clone()))).collect();
        let (zone, overlap) = (pick.one_of(&zones)?, pick.one_of(&["30s", "45s", "90s"])?);
        let own = sight.scene().scenario.proxies.iter().filter(|(proxy, _)| proxy.zone == zone);
        let meshes: BTreeSet<_> = own.map(|(_, workload)| workload.mesh.clone()).collect();
        let meshes: Vec<_> = meshes.into_iter().collect();
        let mut rotate = json!({"zone": zone, "overlap": overlap});
        if let Some(mesh) = pick.one_of(&meshes).filter(|mesh| mesh.as_str() != "default") {
            rotate["mesh"] = json!(mesh);
        }
        Written::step(json!({"rotate": rotate}))
    },
};

/// An ingress gets another address.
pub(super) const MOVE: OpFacts = OpFacts {
    name: "move",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, sight| {
        let ingress = pick.one_of(&sight.ingresses()).map(|ingress| ingress.to_string()).filter(|ingress| !sight.spares(ingress))?;
        Written::step(json!({"move": ingress}))
    },
};

/// The ingresses that move. A world must know before it begins.
pub(in crate::explore) fn moves(ops: &[Op], stage: &Scenario, venue: Option<&Venue>) -> Vec<ProxyId> {
    let is_fair = |ingress: &ProxyId| venue.is_none_or(|venue| !venue.spares(&ingress.to_string()));
    let ingresses: Vec<ProxyId> = stage.ingresses.iter().cloned().collect();
    ops.iter().filter(|op| *op.facts == MOVE).filter_map(|op| Pick::new(op).one_of(&ingresses)).filter(is_fair).collect()
}

/// A workload, or somebody outside, asks once, and is waited for.
pub(super) const ASK: OpFacts = OpFacts {
    name: "ask",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, sight| Written::step(json!({"request": pick.one_of(&asked(sight))?})),
};

fn asked(sight: &Sight<'_>) -> Vec<Value> {
    match sight.venue {
        None => questions(&sight.workload_zones()),
        Some(venue) => questions_in(&venue.scenario),
    }
}

/// Nobody does anything for so long that questions must be answered (L5).
pub(super) const CALM: OpFacts = OpFacts {
    name: "calm",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, _| Written::step(json!({"wait": format!("{}s", 12 + pick.below(20))})),
};
