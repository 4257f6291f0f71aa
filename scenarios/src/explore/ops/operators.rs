//! What operators decide.
use super::{OpClass, OpFacts, Sight, Written};
use crate::{event::NodeId, explore::op::Pick};
use serde_json::json;

pub(super) const ADMIT: OpFacts = OpFacts {
    name: "admit",
    weight: 1,
    class: OpClass::Operator,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.kumas()).filter(|_| sight.is_strait(&NodeId::Global) && sight.has_global())?;
        Written::step(json!({"admit": zone}))
    },
};

/// Global's history is the truth.
pub(super) const ADOPT: OpFacts = OpFacts {
    name: "adopt",
    weight: 2,
    class: OpClass::Operator,
    write: |_, sight| {
        let can = sight.is_strait(&NodeId::Global) && sight.has_global();
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
            if under_kuma { sight.is_strait(zone) && sight.up().contains(zone) } else { sight.has_global() }
        };
        let zones: Vec<NodeId> = sight.fair_zones().into_iter().map(NodeId::Zone).filter(can).collect();
        Written::step(json!({"adopt": pick.one_of(&zones)?.to_string()}))
    },
};

pub(super) const DISABLE: OpFacts =
    OpFacts { name: "disable", weight: 1, class: OpClass::Operator, write: |pick, sight| about_a_zone("disable", pick, sight) };
pub(super) const ENABLE: OpFacts =
    OpFacts { name: "enable", weight: 2, class: OpClass::Operator, write: |pick, sight| about_a_zone("enable", pick, sight) };
pub(super) const REMOVE: OpFacts =
    OpFacts { name: "remove", weight: 1, class: OpClass::Operator, write: |pick, sight| about_a_zone("remove", pick, sight) };

/// What an operator of one of our globals says of a zone.
fn about_a_zone(verb: &str, pick: &mut Pick, sight: &Sight<'_>) -> Option<Written> {
    let zone = pick.one_of(&sight.fair_zones()).filter(|_| sight.is_strait(&NodeId::Global) && sight.has_global())?;
    Written::step(json!({verb: zone}))
}

/// Which zones hold a mesh: an operator names them, or takes all back.
pub(super) const ENTITLE: OpFacts = OpFacts {
    name: "entitle",
    weight: 2,
    class: OpClass::Operator,
    write: |pick, sight| {
        let held = (sight.is_strait(&NodeId::Global) && sight.has_global()).then(|| sight.held(&NodeId::Global))?;
        let meshes: Vec<&str> = held.iter().filter(|held| held.kind().as_str() == "Mesh").map(|mesh| mesh.key.name.as_str()).collect();
        let mesh = pick.one_of(&meshes)?;
        let chosen: Vec<_> = sight.zones().into_iter().filter(|zone| pick.below(3) > 0 || sight.spares(zone.as_str())).collect();
        let spec = json!({"type": "MeshZones", "mesh": mesh, "name": format!("zones-{}", pick.below(2)), "spec": {"zones": chosen}});
        Written::step(json!({"apply": {"at": "global", "inline": spec}}))
    },
};
