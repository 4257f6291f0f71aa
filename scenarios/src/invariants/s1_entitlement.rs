//! S1: every resource a zone holds was, at some point of global's history, meant for that zone; and what it is sent is, at that moment.
use super::{Broken, Invariant};
use crate::oracle::{
    passage,
    truth::{Passing, Truth},
};

/// S1.
#[derive(Debug)]
pub(super) struct Entitlement;

impl Invariant for Entitlement {
    fn id(&self) -> &'static str {
        "S1"
    }

    fn slug(&self) -> &'static str {
        "entitlement"
    }

    fn pass(&mut self, _: &Truth, passing: &Passing<'_>) -> Result<(), Broken> {
        for (passage, right) in &passing.passages {
            let why = match right {
                passage::Right::Nowhere => "nobody ever made it on global or announced it there".to_owned(),
                passage::Right::NotForZones => "no version of it on global was ever meant for that zone".to_owned(),
                passage::Right::OtherZonesMesh(mesh) => format!("by its MeshZones, the mesh {mesh} is not for that zone"),
                passage::Right::NotUnderstood(feature) => format!("the zone has said that it does not understand {feature}"),
                passage::Right::Fine | passage::Right::Local(_) | passage::Right::Withheld(_) => continue,
            };
            return Err(passage.broken(passing.event, &why));
        }
        Ok(())
    }
}
