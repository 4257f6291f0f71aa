//! S13: an edit that was answered is done. What it wrote is held in that version, what it deleted is gone, unless somebody asked for
//! something else meanwhile. S8 says that it is on the disk, too.
use super::{Broken, Invariant};
use crate::event::NodeId;
use crate::oracle::{
    edits::is_asked,
    moment::Moment,
    truth::{Happened, Passing, Truth},
    turns::Turn,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    node::{Change, Operation, Ticket},
    resource::{Key, Kind, Resource, ResourceName, labels},
};

/// S13.
#[derive(Debug, Default)]
pub(super) struct EditDone {
    nodes: BTreeMap<NodeId, Users>,
}

/// What the users of one node asked for, and what it holds.
#[derive(Debug, Default)]
struct Users {
    /// What was not answered yet.
    open: BTreeMap<Ticket, Vec<Change>>,
    /// Who last asked for something about a resource; `None`: an operator.
    asked: BTreeMap<Key, Option<Ticket>>,
    held: BTreeMap<Key, Arc<Resource>>,
    /// What has gone since somebody last asked for its end.
    ended: BTreeSet<Key>,
}

impl Users {
    fn note(&mut self, moment: &Moment<'_>) {
        match moment {
            Moment::Edit(ticket, changes) => {
                changes.iter().for_each(|change| _ = self.ended.remove(change.key()));
                self.asked.extend(changes.iter().map(|change| (change.key().clone(), Some(*ticket))));
                self.open.insert(*ticket, changes.to_vec());
            }
            Moment::Operate(_, Operation::Enable(zone) | Operation::Disable(zone) | Operation::Remove(zone)) => {
                let named = Kind::new("Zone").ok().zip(ResourceName::new(zone.as_str()).ok());
                self.asked.extend(named.map(|(kind, name)| (Key { kind, mesh: None, name }, None)));
            }
            Moment::Holds(resource) => drop(self.held.insert(resource.key.clone(), Arc::clone(resource))),
            Moment::Dropped(key) => {
                self.held.remove(*key);
                self.ended.insert((*key).clone());
            }
            Moment::Started { observation, .. } => {
                self.open.clear();
                self.held = observation.view.resources.clone();
            }
            _ => {}
        }
    }

    /// Whether somebody asked for something else after that.
    fn is_superseded(&self, key: &Key, ticket: Ticket) -> bool {
        // Whoever deletes a mesh deletes what is in it.
        let mesh = key.mesh.as_ref().and_then(|mesh| ResourceName::new(mesh.as_str()).ok());
        let mesh = mesh.map(|name| Key { kind: Kind::mesh(), mesh: None, name });
        let of_mesh = mesh.and_then(|mesh| self.asked.get(&mesh)).is_some_and(|last| *last > Some(ticket));
        of_mesh || self.asked.get(key) != Some(&Some(ticket))
    }

    fn answered(&mut self, ticket: Ticket) -> Result<(), String> {
        for change in self.open.remove(&ticket).unwrap_or_default() {
            let key = change.key();
            if self.is_superseded(key, ticket) {
                continue;
            }
            match (&change, self.held.get(key)) {
                (Change::Put(wanted), Some(held)) if is_asked(wanted, held) => {}
                (Change::Delete(_), None) => {}
                // What a zone makes of what its proxies are it makes again.
                (Change::Delete(_), Some(again)) if self.ended.contains(key) && is_made(again) => {}
                (Change::Put(_), Some(_)) => return Err(format!("an edit is answered, but {key} is held in another version")),
                (Change::Put(_), None) => return Err(format!("an edit is answered, but {key} is not held")),
                (Change::Delete(_), Some(_)) => return Err(format!("an edit is answered, but {key} is still held")),
            }
        }
        Ok(())
    }
}

/// Whether it is made by a zone itself.
fn is_made(resource: &Resource) -> bool {
    resource.labels.contains_key(labels::MANAGED_BY) || matches!(resource.kind().as_str(), "MeshTrust" | "DataplaneInsight")
}

impl Invariant for EditDone {
    fn id(&self) -> &'static str {
        "S13"
    }

    fn slug(&self) -> &'static str {
        "edit-done"
    }

    fn pass(&mut self, truth: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        let node = &passing.event.node;
        if truth.disks.is_ours(node) {
            self.nodes.entry(node.clone()).or_default().note(passing.moment);
        }
        Ok(())
    }

    fn see(&mut self, _truth: &Truth, Happened { event, turns, .. }: &Happened<'_>) -> Result<(), Broken> {
        let Some(users) = self.nodes.get_mut(&event.node) else {
            return Ok(());
        };
        let answered = turns.iter().filter_map(|turn| if let Turn::Done(ticket, outcome) = turn { Some((*ticket, outcome)) } else { None });
        for (ticket, outcome) in answered {
            if outcome.is_err() {
                users.open.remove(&ticket);
            }
            users.answered(ticket).map_err(|why| Broken::at(event, why))?;
        }
        Ok(())
    }
}
