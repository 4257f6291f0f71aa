//! What happens to links.
use super::{OpClass, OpFacts, Target, Written};
use crate::cannot::Capability;
use serde_json::json;

const HOW: [Option<&str>; 3] = [Some("stall"), Some("sever"), None];

pub(super) const CUT: OpFacts = OpFacts {
    name: "cut",
    weight: 4,
    class: OpClass::Fault,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.rested_links(false))?;
        let step = match pick.one_of(&HOW)? {
            Some(how) => json!({"cut": {"between": ["global", zone], "how": how}}),
            None => json!({"cut": {"between": ["global", zone]}}),
        };
        Written::touching(Target::Link(zone), step)
    },
};

pub(super) const CUT_ONEWAY: OpFacts = OpFacts {
    name: "cut_oneway",
    weight: 3,
    class: OpClass::Fault,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.rested_links(false))?;
        let (from, to) = pick.one_of(&[("global", zone.as_str()), (zone.as_str(), "global")])?;
        let step = match pick.one_of(&HOW)? {
            Some(how) => json!({"cut_oneway": {"from": from, "to": to, "how": how}}),
            None => json!({"cut_oneway": {"from": from, "to": to}}),
        };
        Written::touching(Target::Link(zone.clone()), step)
    },
};

pub(super) const HEAL: OpFacts = OpFacts {
    name: "heal",
    weight: 3,
    class: OpClass::Mend,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.rested_links(true))?;
        let step = json!({"heal": {"between": ["global", zone]}});
        Written::touching(Target::Link(zone), step)
    },
};

pub(super) const FLAP: OpFacts = OpFacts {
    name: "flap",
    weight: 1,
    class: OpClass::Fault,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.rested_links(false))?;
        let (down, up) = (50 + pick.below(900), 50 + pick.below(3000));
        let over = (down + up) * (1 + pick.below(4));
        let ms = |ms: usize| format!("{ms}ms");
        let step = json!({"flap": {"between": ["global", zone], "down": ms(down), "up": ms(up), "over": ms(over)}});
        Written::touching(Target::Link(zone), step)
    },
};

pub(super) const DUPLICATE_LATE: OpFacts = OpFacts {
    name: "duplicate_late",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.zones()).filter(|_| sight.can(Capability::DuplicateLate))?;
        Written::step(json!({"duplicate_late": zone}))
    },
};
