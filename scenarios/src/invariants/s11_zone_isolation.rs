//! S11: what is local to one zone reaches another only if it is exported, and what its author keeps at home leaves no zone.
use super::{Broken, Invariant};
use crate::event::NodeId;
use crate::oracle::{
    audience,
    history::{Owners, Whose},
    moment::Moment,
    passage,
    truth::{Passing, Truth},
};
use strait_core::{
    resource::Resource,
    sync::{Dialect, Lane, ResponseBody},
};

/// S11.
#[derive(Debug)]
pub(super) struct ZoneIsolation;

/// What leaves a zone, or has left it.
fn has_left(owners: &Owners, node: &NodeId, moment: &Moment<'_>) -> Option<String> {
    let at_home = |resource: &Resource| !audience::leaves(resource);
    match (node, moment) {
        (NodeId::Zone(zone) | NodeId::Joined { zone, .. }, Moment::Sends { response, .. })
            if response.lane == Lane::Up && owners.dialect(node) == Dialect::Strait =>
        {
            let ResponseBody::Resources { put, .. } = &response.body else {
                return None;
            };
            let put = put.iter().find(|put| at_home(put))?;
            Some(format!("zone {zone} sends {} to global, although {}", put.key, why_at_home(put)))
        }
        (NodeId::Global, Moment::Holds(held)) => match owners.whose(node, held) {
            Whose::Copy(home) if at_home(held) && !owners.are_kumas(node, &home) => {
                Some(format!("global holds {} of zone {home}, although {}", held.key, why_at_home(held)))
            }
            _ => None,
        },
        _ => None,
    }
}

fn why_at_home(resource: &Resource) -> String {
    if audience::stays_home(resource) {
        "it is labelled `kuma.io/kds-sync: disabled`".to_owned()
    } else {
        format!("no {} leaves a zone", resource.kind())
    }
}

impl Invariant for ZoneIsolation {
    fn id(&self) -> &'static str {
        "S11"
    }

    fn slug(&self) -> &'static str {
        "zone-isolation"
    }

    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        if let Some(what) = has_left(&truth.owners, &passing.event.node, passing.moment) {
            return Err(Broken::at(passing.event, what));
        }
        for (passage, right) in &passing.passages {
            let why = match right {
                passage::Right::Local(home) => format!("it is local to zone {home}, which made it"),
                passage::Right::Withheld(home) => format!("zone {home}, which made it, is disabled"),
                _ => continue,
            };
            return Err(passage.broken(passing.event, &why));
        }
        Ok(())
    }
}
