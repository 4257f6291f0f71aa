//! `remove`: an operator removes a zone.
use super::{VerbFacts, decision};
use strait_core::node::Operation;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "remove",
    does: "an operator removes a zone: what it announced goes everywhere, and its store is refused until the zone is enabled; another store may take the name; with `refused` it must be refused, for a reason with these words",
    shape: decision::ABOUT_A_ZONE,
    read: |node, check| decision::about_a_zone(node, check, "`remove`", Operation::Remove),
};
