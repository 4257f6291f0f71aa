//! `admit`: an operator lets a plain Kuma zone in.
use super::{VerbFacts, decision};
use strait_core::{node::Operation, sync::Dialect};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "admit",
    does: "an operator of global lets a plain Kuma zone in, which sends no token; with `refused` it must be refused, for a reason with these words",
    shape: decision::ABOUT_A_ZONE,
    read: |node, check| {
        let admit = decision::about_a_zone(node, check, "`admit`", Operation::Admit)?;
        let named = node.field("zone").unwrap_or(node);
        let zone = check.zone(named)?;
        if check.zones.get(&zone) != Some(&Dialect::Kuma) {
            check.mistake(
                named.place,
                format!("zone `{zone}` is a Strait: it needs no admission"),
                "only zones with `dialect: kuma` are admitted",
            );
            return None;
        }
        Some(admit)
    },
};
