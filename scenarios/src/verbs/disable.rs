//! `disable`: an operator withholds what a zone exports.
use super::{VerbFacts, decision};
use strait_core::node::Operation;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "disable",
    does: "an operator withholds what a zone exports from the other zones; its own session goes on; with `refused` it must be refused, for a reason with these words",
    shape: decision::ABOUT_A_ZONE,
    read: |node, check| decision::about_a_zone(node, check, "`disable`", Operation::Disable),
};
