//! What uses up the addresses of services, in cases that have few.
use super::{OpClass, OpFacts, Written};
use crate::{
    event::NodeId,
    explore::{
        ops::edits::{apply, delete, meshes_at},
        resources,
    },
};
use serde_json::json;
use strait_core::resource::Key;

/// So many services are told apart: more than there are addresses.
const SERVICES: usize = 20;
/// So many come or go at once at most.
const AT_ONCE: usize = 10;

/// Services come in a zone, some of them again.
pub(super) const FILL: OpFacts = OpFacts {
    name: "fill",
    weight: 12,
    class: OpClass::Addresses,
    write: |pick, sight| {
        let ours: Vec<NodeId> = sight.fair_up().into_iter().filter(|who| *who != NodeId::Global && sight.is_strait(who)).collect();
        let at = pick.one_of(&ours)?;
        let mesh = pick.one_of(&meshes_at(sight, &at))?;
        let (first, count) = (pick.below(SERVICES), 1 + pick.below(AT_ONCE));
        let services = (first..first + count).filter_map(|number| resources::one_of_few(&mesh, number % SERVICES));
        Written::steps(services.map(|service| apply(&at, &service)).collect())
    },
};

/// Some of them go.
pub(super) const RELEASE: OpFacts = OpFacts {
    name: "release",
    weight: 8,
    class: OpClass::Addresses,
    write: |pick, sight| {
        let at = pick.one_of(&sight.fair_up())?;
        let is_one = |key: &&Key| key.kind.as_str() == "MeshService" && key.name.as_str().starts_with(resources::OF_FEW);
        let there: Vec<&Key> = sight.scene().ledger.written_at(&at).filter(is_one).collect();
        let first = there.len().checked_sub(1).map(|last| pick.below(last + 1))?;
        let count = 1 + pick.below(AT_ONCE);
        Written::steps(there.into_iter().skip(first).take(count).map(|key| delete(&at, key)).collect())
    },
};

/// What was released has rested for long enough.
pub(super) const OUTLAST: OpFacts = OpFacts {
    name: "outlast",
    weight: 4,
    class: OpClass::Addresses,
    write: |pick, _| Written::step(json!({"wait": format!("{}s", 58 + pick.below(8))})),
};
