//! `enable`: an operator lets a zone take part again.
use super::{VerbFacts, decision};
use strait_core::node::Operation;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "enable",
    does: "an operator lets a zone's exports reach the other zones again, and its store in if it had been removed; with `refused` it must be refused, for a reason with these words",
    shape: decision::ABOUT_A_ZONE,
    read: |node, check| decision::about_a_zone(node, check, "`enable`", Operation::Enable),
};
