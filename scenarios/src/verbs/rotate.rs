//! `rotate`: an operator of a zone wants another authority for its proxies.
use super::{VerbFacts, decision::Decision, verb};
use crate::{
    event::NodeId,
    language::{
        Shape,
        shape::{may, need},
    },
};
use strait_core::{
    node::{Operation, SHORTEST_OVERLAP},
    resource::MeshName,
    sync::Dialect,
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "rotate",
    does: "an operator of a zone wants another authority for its proxies in a mesh (`default` if left out): both are trusted for the `overlap` before the new one signs; `name` is the MeshIdentity, if the zone has authorities of several; with `refused` it must be refused, for a reason with these words",
    shape: Shape::Fields(&[
        need("zone", Shape::Zone),
        may("mesh", Shape::Text),
        may("name", Shape::Text),
        may("overlap", Shape::Duration),
        may("refused", Shape::Text),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`rotate`", &FACTS.shape.names())?;
        let at = fields.need(check, "zone");
        let zone = at.and_then(|at| check.zone(at));
        if let (Some(at), Some(Dialect::Kuma)) = (at, zone.as_ref().and_then(|zone| check.zones.get(zone))) {
            check.mistake(at.place, "the model of Kuma's zone has no authorities", "name a zone of ours");
            return None;
        }
        let mesh = match fields.get("mesh") {
            Some(mesh) => check.mesh(mesh),
            None => MeshName::new("default").ok(),
        };
        let identity = match fields.get("name") {
            Some(name) => Some(check.resource_name(name)?),
            None => None,
        };
        let refused = match fields.get("refused") {
            Some(refused) => Some(check.text(refused, "`refused`")?.to_owned()),
            None => None,
        };
        let overlap_seconds = match fields.get("overlap") {
            Some(at) => {
                let overlap = check.duration(at, "`overlap`")?;
                if overlap < SHORTEST_OVERLAP && refused.is_none() {
                    check.mistake(at.place, "`overlap` is too short", format!("at least {}s", SHORTEST_OVERLAP.as_secs()));
                    return None;
                }
                Some(overlap.as_secs())
            }
            None => None,
        };
        let operation = Operation::Rotate { mesh: mesh?, identity, overlap_seconds };
        verb(Decision { at: NodeId::Zone(zone?), operation, refused })
    },
};
