//! What the builds of control planes understand.
use super::{OpClass, OpFacts, Target, Written};
use crate::event::NodeId;
use serde_json::{Value, json};
use strait_core::resource::Key;

/// A control plane refuses something that somebody wrote, as a build that is too old to read it.
pub(super) const REJECT: OpFacts = OpFacts {
    name: "reject",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        // Between two models of Kuma nobody shows what is refused.
        let of_ours = |who: &NodeId| if *who == NodeId::Global { sight.kumas().is_empty() } else { sight.is_strait(&NodeId::Global) };
        let shown: Vec<NodeId> = sight.fair_nodes().into_iter().filter(|who| sight.is_strait(who) || of_ours(who)).collect();
        let who = pick.one_of(&shown)?;
        let ledger = sight.scene().ledger;
        let nodes = sight.nodes();
        let written: Vec<&Key> = nodes.iter().flat_map(|at| ledger.written_at(at)).filter(|key| key.kind.as_str() != "Mesh").collect();
        Written::step(json!({"reject": about(&who, pick.one_of(&written)?)}))
    },
};

/// A zone gets a newer build.
pub(super) const UPGRADE: OpFacts = OpFacts {
    name: "upgrade",
    weight: 1,
    class: OpClass::Mend,
    write: |pick, sight| {
        let rested = sight.rested_hosts(true);
        let lacks = sight.scene().scenario.lacks.keys().map(|zone| NodeId::Zone(zone.clone()));
        let old: Vec<NodeId> = lacks.filter(|who| !sight.scene().upgraded.contains(who) && rested.contains(who)).collect();
        let who = pick.one_of(&old)?;
        let step = json!({"upgrade": who.to_string()});
        Written::touching(Target::Host(who), step)
    },
};

/// Now it can read that.
pub(super) const ACCEPT: OpFacts = OpFacts {
    name: "accept",
    weight: 2,
    class: OpClass::Mend,
    write: |pick, sight| {
        let rejected: Vec<Value> = sight.behind.rejected.clone();
        Written::step(json!({"accept": pick.one_of(&rejected)?}))
    },
};

fn about(who: &NodeId, key: &Key) -> Value {
    match &key.mesh {
        Some(mesh) => json!({"who": who.to_string(), "kind": key.kind, "mesh": mesh, "name": key.name}),
        None => json!({"who": who.to_string(), "kind": key.kind, "name": key.name}),
    }
}
