//! S4: after a receiver applied a deletion, no older version of that resource is ever visible there again.
use super::{Broken, Invariant};
use crate::oracle::{
    copies::{Copies, Copy, Turn},
    history::Owners,
    moment::moments,
};
use crate::{
    event::{Event, NodeId},
    world::Setup,
};

/// S4.
#[derive(Debug)]
pub(super) struct NoResurrection {
    owners: Owners,
    copies: Copies,
}

impl NoResurrection {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { owners: Owners::new(setup), copies: Copies::default() }
    }

    fn judge(&self, node: &NodeId, copy: &Copy, cut: u64) -> Result<(), String> {
        let Some(ledger) = self.owners.ledger(&copy.provider) else {
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
}

impl Invariant for NoResurrection {
    fn id(&self) -> &'static str {
        "S4"
    }

    fn slug(&self) -> &'static str {
        "no-resurrection"
    }

    fn see(&mut self, event: &Event) -> Result<(), Broken> {
        for moment in moments(event) {
            self.owners.note(&event.node, &moment);
            for turn in self.copies.note(&self.owners, &event.node, &moment) {
                if let Turn::Appeared { copy, cut: Some(cut) } = turn {
                    let broken = |what| Broken { at: event.at, node: event.node.to_string(), what };
                    self.judge(&event.node, &copy, cut).map_err(broken)?;
                }
            }
        }
        Ok(())
    }
}
