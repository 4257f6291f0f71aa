//! What happens to disks.
use super::{OpClass, OpFacts, Written};
use crate::event::NodeId;
use serde_json::json;

/// A disk becomes bad. Models of Kuma have none that could.
pub(super) const BAD: OpFacts = OpFacts {
    name: "bad_disk",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let ours: Vec<NodeId> = sight.fair_nodes().into_iter().filter(|who| sight.is_strait(who)).collect();
        let who = pick.one_of(&ours)?.to_string();
        let is = pick.one_of(&["full", "slow", "failing", "failing_to_sync"])?;
        let step = match is {
            "slow" => json!({"disk": {"who": who, "is": is, "takes": pick.one_of(&["20ms", "200ms", "1s"])?}}),
            _ => json!({"disk": {"who": who, "is": is}}),
        };
        Written::step(step)
    },
};

/// Nothing is wrong with a disk any more.
pub(super) const MENDED: OpFacts = OpFacts {
    name: "mended_disk",
    weight: 2,
    class: OpClass::Mend,
    write: |pick, sight| {
        let bad: Vec<NodeId> = sight.behind.bad_disks.iter().cloned().collect();
        Written::step(json!({"disk": {"who": pick.one_of(&bad)?.to_string(), "is": "ok"}}))
    },
};
