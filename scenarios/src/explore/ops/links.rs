//! What happens to links.
use super::{OpClass, OpFacts, Target, Written, edits};
use crate::{cannot::Capability, event::NodeId, explore::resources};
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
        // The language names only the links of zones here.
        let links: Vec<_> = sight.rested_links(false).into_iter().filter(|link| sight.zones().contains(link)).collect();
        let zone = pick.one_of(&links)?;
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
        let zone = pick.one_of(&sight.fair_zones()).filter(|_| sight.can(Capability::DuplicateLate))?;
        Written::step(json!({"duplicate_late": zone}))
    },
};

/// What is said of a resource is still on its way, and will come again later, when it is deleted.
pub(super) const OVERTAKEN: OpFacts = OpFacts {
    name: "overtaken",
    weight: 1,
    class: OpClass::Fault,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.fair_zones()).filter(|_| sight.can(Capability::DuplicateLate) && sight.has_global())?;
        let mesh = pick.one_of(&edits::meshes_at(sight, &NodeId::Global))?;
        let made = resources::policy(pick, mesh)?;
        let (put, gone) = (edits::apply(&NodeId::Global, &made), edits::delete(&NodeId::Global, &made.key));
        Written::steps(vec![put, json!({"duplicate_late": zone}), gone])
    },
};

/// A link becomes worse: slow, narrow, lossy, or all of it. Not so bad that sessions do not live: then nothing can be expected.
pub(super) const WORSE: OpFacts = OpFacts {
    name: "worse_link",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.fair_zones())?;
        let mut link = json!({"between": ["global", zone]});
        let which = pick.below(16);
        if which & 1 == 0 {
            link["delay"] = json!(pick.one_of(&["50ms", "200ms", "600ms"])?);
            link["jitter"] = json!(pick.one_of(&["0ms", "50ms"])?);
        } else {
            link["jitter"] = json!("0ms");
        }
        if which & 2 == 0 {
            link["loss"] = json!(pick.one_of(&["0.5%", "2%", "5%"])?);
            if pick.below(2) == 0 {
                link["burst"] = json!(4);
            }
        }
        if which & 4 == 0 {
            link["rate"] =
                json!(pick.one_of(if sight.has_bulk() { &["100kB/s", "200kB/s", "1MB/s"] } else { &["1kB/s", "20kB/s", "1MB/s"] })?);
        }
        if which & 8 == 0 {
            link["duplicate"] = json!(pick.one_of(&["1%", "20%"])?);
        }
        if which & 1 == 0 && pick.below(4) == 0 && sight.can(Capability::Reorder) {
            link["reorder"] = json!("10%");
        }
        Written::step(json!({"link": link}))
    },
};

/// A link is again as it was at the beginning.
pub(super) const AS_BEFORE: OpFacts = OpFacts {
    name: "link_as_before",
    weight: 1,
    class: OpClass::Mend,
    write: |pick, sight| {
        let changed: Vec<_> = sight.behind.changed_links.iter().cloned().collect();
        Written::step(json!({"link": {"between": ["global", pick.one_of(&changed)?]}}))
    },
};
