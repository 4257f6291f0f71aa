//! S1: every resource a zone holds was, at some point of global's history, meant for that zone; and what it is sent is, at that moment.
use super::{Broken, Invariant};
use crate::oracle::{history::Owners, moment::moments, passage};
use crate::{event::Event, world::Setup};

/// S1.
#[derive(Debug)]
pub(super) struct Entitlement {
    owners: Owners,
}

impl Entitlement {
    pub(super) fn new(setup: &Setup) -> Self {
        Self { owners: Owners::new(setup) }
    }
}

impl Invariant for Entitlement {
    fn id(&self) -> &'static str {
        "S1"
    }

    fn slug(&self) -> &'static str {
        "entitlement"
    }

    fn see(&mut self, event: &Event) -> Result<(), Broken> {
        for moment in moments(event) {
            self.owners.note(&event.node, &moment);
            for passage in passage::of(&self.owners, &event.node, &moment) {
                let why = match passage.right(&self.owners) {
                    passage::Right::Nowhere => "nobody ever made it on global or announced it there".to_owned(),
                    passage::Right::NotForZones => "no version of it on global was ever meant for that zone".to_owned(),
                    passage::Right::OtherZonesMesh(mesh) => format!("by its MeshZones, the mesh {mesh} is not for that zone"),
                    passage::Right::Fine | passage::Right::Local(_) | passage::Right::Withheld(_) => continue,
                };
                return Err(passage.broken(event, &why));
            }
        }
        Ok(())
    }
}
