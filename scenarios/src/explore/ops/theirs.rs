//! What users do with the resources that they brought.
use super::{OpClass, OpFacts, Sight, Written, edits};
use crate::{
    explore::{op::Pick, resources},
    scenario::Placed,
};

/// It is written again as they brought it.
pub(super) const PUT_BACK: OpFacts = OpFacts {
    name: "put_back",
    weight: 4,
    class: OpClass::Theirs,
    write: |pick, sight| {
        let Placed { at, resource } = one_of_theirs(pick, sight)?;
        Written::step(edits::apply(at, resource))
    },
};

pub(super) const DELETE_THEIRS: OpFacts = OpFacts {
    name: "delete_theirs",
    weight: 3,
    class: OpClass::Theirs,
    write: |pick, sight| {
        let Placed { at, resource } = one_of_theirs(pick, sight)?;
        let key = &resource.key;
        sight.scene().ledger.written_at(at).any(|written| written == key).then(|| Written::step(edits::delete(at, key))).flatten()
    },
};

/// It is written with something left out of its spec: a slip, or a change of mind.
pub(super) const ALTER: OpFacts = OpFacts {
    name: "alter",
    weight: 3,
    class: OpClass::Theirs,
    write: |pick, sight| {
        let Placed { at, resource } = one_of_theirs(pick, sight)?;
        let altered = resources::with_less(pick, resource)?;
        Written::step(edits::apply(at, &altered))
    },
};

/// One of those that were brought, where it is to be written just now.
fn one_of_theirs<'a>(pick: &mut Pick, sight: &Sight<'a>) -> Option<&'a Placed> {
    let up = sight.fair_up();
    let brought: Vec<&Placed> = sight.venue?.scenario.resources.iter().filter(|placed| up.contains(&placed.at)).collect();
    pick.one_of(&brought)
}
