//! S4: after a receiver applied a deletion, no older version of that resource is ever visible there again.
use super::{Broken, Invariant};
use crate::event::NodeId;
use crate::oracle::{
    copies::{Copy, Turn},
    history::Owners,
    truth::{Passing, Truth},
};

/// S4.
#[derive(Debug)]
pub(super) struct NoResurrection;

impl Invariant for NoResurrection {
    fn id(&self) -> &'static str {
        "S4"
    }

    fn slug(&self) -> &'static str {
        "no-resurrection"
    }

    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        for turn in &passing.turns {
            if let Turn::Appeared { copy, cut: Some(cut) } = turn {
                judge(&truth.owners, &passing.event.node, copy, *cut).map_err(|what| Broken::at(passing.event, what))?;
            }
        }
        Ok(())
    }
}

fn judge(owners: &Owners, node: &NodeId, copy: &Copy, cut: u64) -> Result<(), String> {
    let Some(ledger) = owners.ledger(&copy.provider) else {
        return Ok(());
    };
    // What never was such a version is not an older one either: that is S2's.
    match ledger.source(&copy.resource, 0) {
        Some(line) if ledger.source(&copy.resource, cut).is_none() => Err(format!(
            "{node} holds {} again, in a version that {} wrote at its change {} and had ended by its change {cut}, which {node} had applied",
            copy.resource.key, copy.provider, line.index
        )),
        _ => Ok(()),
    }
}
