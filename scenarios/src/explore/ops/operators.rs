//! What operators decide.
use super::{OpClass, OpFacts, Written};
use crate::event::NodeId;
use serde_json::json;

pub(super) const ADMIT: OpFacts = OpFacts {
    name: "admit",
    weight: 1,
    class: OpClass::Operator,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.kumas()).filter(|_| sight.is_strait(&NodeId::Global) && sight.up().contains(&NodeId::Global))?;
        Written::step(json!({"admit": zone}))
    },
};

/// Global's history is the truth.
pub(super) const ADOPT: OpFacts = OpFacts {
    name: "adopt",
    weight: 2,
    class: OpClass::Operator,
    write: |_, sight| {
        let can = sight.is_strait(&NodeId::Global) && sight.up().contains(&NodeId::Global);
        can.then(|| Written::step(json!({"adopt": "global"}))).flatten()
    },
};

/// What a zone announces is the truth; under a plain Kuma global, the zone takes what that says.
pub(super) const ADOPT_ZONE: OpFacts = OpFacts {
    name: "adopt_zone",
    weight: 2,
    class: OpClass::Operator,
    write: |pick, sight| {
        let under_kuma = !sight.is_strait(&NodeId::Global);
        let can = |zone: &NodeId| {
            if under_kuma { sight.is_strait(zone) && sight.up().contains(zone) } else { sight.up().contains(&NodeId::Global) }
        };
        let zones: Vec<NodeId> = sight.zones().into_iter().map(NodeId::Zone).filter(can).collect();
        Written::step(json!({"adopt": pick.one_of(&zones)?.to_string()}))
    },
};
