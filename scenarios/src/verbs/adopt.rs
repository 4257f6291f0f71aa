//! `adopt`: an operator decides whose history is the truth.
use super::{VerbFacts, decision::Decision, verb};
use crate::{
    event::NodeId,
    language::{
        Shape,
        shape::{may, need},
    },
};
use strait_core::{node::Operation, sync::Dialect};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "adopt",
    does: "an operator decides: `global`: its history is the truth for the zones that froze because of it; a zone: what it announces is the truth (decided on global), or, with `at` that zone, what global says is (decided in the zone); with `refused` it must be refused, for a reason with these words",
    shape: Shape::ControlPlaneOr(&[need("who", Shape::ControlPlane), may("at", Shape::ControlPlane), may("refused", Shape::Text)]),
    read: |node, check| {
        let (who, at, refused) = if node.is_map() {
            let fields = check.fields(node, "`adopt`", &FACTS.shape.names())?;
            let who = fields.need(check, "who")?;
            let at = match fields.get("at") {
                Some(at) => Some(check.control_plane(at)?),
                None => None,
            };
            let refused = match fields.get("refused") {
                Some(refused) => Some(check.text(refused, "`refused`")?.to_owned()),
                None => None,
            };
            (check.control_plane(who)?, at, refused)
        } else {
            (check.control_plane(node)?, None, None)
        };
        let decide = |at, operation| verb(Decision { at, operation, refused });
        // A plain Kuma global knows no adoption: what it says is adopted in the zone.
        let kuma = check.global == Dialect::Kuma;
        match (who, at) {
            (NodeId::Global, None | Some(NodeId::Global)) if kuma => {
                check.mistake(node.place, "a plain Kuma global has nothing to adopt", "adopt what it says in a zone: `adopt: ZONE`");
                None
            }
            (NodeId::Global, None | Some(NodeId::Global)) => decide(NodeId::Global, Operation::Adopt),
            (NodeId::Global, Some(zone)) => decide(zone, Operation::Adopt),
            (NodeId::Joined { .. }, _) => {
                check.mistake(node.place, "what a zone announces is adopted by the zone's name, whoever claims it", "");
                None
            }
            (NodeId::Zone(zone), at) if at == Some(NodeId::Zone(zone.clone())) || (at.is_none() && kuma) => {
                decide(NodeId::Zone(zone), Operation::Adopt)
            }
            (NodeId::Zone(zone), None | Some(NodeId::Global)) => decide(NodeId::Global, Operation::AdoptZone(zone)),
            (NodeId::Zone(_), Some(other)) => {
                check.mistake(node.place, format!("what a zone announces is adopted on global, not at {other}"), "");
                None
            }
        }
    },
};
