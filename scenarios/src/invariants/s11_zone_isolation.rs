//! S11: what is local to one zone reaches another only if it is exported, and what its author keeps at home leaves no zone.
use super::{Broken, Invariant};
use crate::oracle::{
    audience,
    history::{Owners, Whose},
    moment::{Moment, moments},
    passage,
};
use crate::{
    event::{Event, NodeId},
    world::Setup,
};
use strait_core::{
    resource::Resource,
    sync::{Dialect, Lane, ResponseBody},
};

/// S11.
#[derive(Debug)]
pub(super) struct ZoneIsolation {
    owners: Owners,
}

impl ZoneIsolation {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { owners: Owners::new(setup) }
    }

    /// What leaves a zone, or has left it.
    fn has_left(&self, node: &NodeId, moment: &Moment<'_>) -> Option<String> {
        let at_home = |resource: &Resource| !audience::leaves(resource);
        match (node, moment) {
            (NodeId::Zone(zone), Moment::Sends { response, .. })
                if response.lane == Lane::Up && self.owners.dialect(node) == Dialect::Strait =>
            {
                let ResponseBody::Resources { put, .. } = &response.body else {
                    return None;
                };
                let put = put.iter().find(|put| at_home(put))?;
                Some(format!("zone {zone} sends {} to global, although {}", put.key, why_at_home(put)))
            }
            (NodeId::Global, Moment::Holds(held)) => match self.owners.whose(node, held) {
                Whose::Copy(home) if at_home(held) && !self.owners.are_kumas(node, &home) => {
                    Some(format!("global holds {} of zone {home}, although {}", held.key, why_at_home(held)))
                }
                _ => None,
            },
            _ => None,
        }
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

    fn see(&mut self, event: &Event) -> Result<(), Broken> {
        for moment in moments(event) {
            self.owners.note(&event.node, &moment);
            if let Some(what) = self.has_left(&event.node, &moment) {
                return Err(Broken { at: event.at, node: event.node.to_string(), what });
            }
            for passage in passage::of(&self.owners, &event.node, &moment) {
                let why = match passage.right(&self.owners) {
                    passage::Right::Local(home) => format!("it is local to zone {home}, which made it"),
                    passage::Right::Withheld(home) => format!("zone {home}, which made it, is disabled"),
                    _ => continue,
                };
                return Err(passage.broken(event, &why));
            }
        }
        Ok(())
    }
}
