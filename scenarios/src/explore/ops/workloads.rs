//! What is done to and by workloads, in cases that have some.
use super::{OpClass, OpFacts, Written};
use crate::{
    event::NodeId,
    explore::workloads::{ingress_of, questions},
};
use serde_json::json;

/// An operator of a zone wants another authority for its proxies.
pub(super) const ROTATE: OpFacts = OpFacts {
    name: "rotate",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, sight| {
        let up = sight.up();
        let zones: Vec<_> = sight.workload_zones().into_iter().filter(|zone| up.contains(&NodeId::Zone(zone.clone()))).collect();
        let (zone, overlap) = (pick.one_of(&zones)?, pick.one_of(&["30s", "45s", "90s"])?);
        Written::step(json!({"rotate": {"zone": zone, "overlap": overlap}}))
    },
};

/// An ingress gets another address.
pub(in crate::explore) const MOVE: OpFacts = OpFacts {
    name: "move",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, sight| {
        let ingress = ingress_of(&pick.one_of(&sight.workload_zones())?)?;
        Written::step(json!({"move": ingress.to_string()}))
    },
};

/// A workload, or somebody outside, asks once, and is waited for.
pub(super) const ASK: OpFacts = OpFacts {
    name: "ask",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, sight| Written::step(json!({"request": pick.one_of(&questions(&sight.workload_zones()))?})),
};

/// Nobody does anything for so long that questions must be answered (L5).
pub(super) const CALM: OpFacts = OpFacts {
    name: "calm",
    weight: 4,
    class: OpClass::Workloads,
    write: |pick, _| Written::step(json!({"wait": format!("{}s", 12 + pick.below(20))})),
};
