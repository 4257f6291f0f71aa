//! `adopt`: an operator decides whose history is the truth.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
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
    does: "an operator decides: `global`: its history is the truth for the zones that froze because of it; a zone: what it announces is the truth (decided on global), or, with `at` that zone, what global says is (decided in the zone)",
    shape: Shape::ControlPlaneOr(&[need("who", Shape::ControlPlane), may("at", Shape::ControlPlane)]),
    read: |node, check| {
        let (who, at) = if node.is_map() {
            let fields = check.fields(node, "`adopt`", &["who", "at"])?;
            let who = fields.need(check, "who")?;
            let at = match fields.get("at") {
                Some(at) => Some(check.control_plane(at)?),
                None => None,
            };
            (check.control_plane(who)?, at)
        } else {
            (check.control_plane(node)?, None)
        };
        // A plain Kuma global knows no adoption: what it says is adopted in the zone.
        let kuma = check.global == Dialect::Kuma;
        match (who, at) {
            (NodeId::Global, None | Some(NodeId::Global)) if kuma => {
                check.mistake(node.place, "a plain Kuma global has nothing to adopt", "adopt what it says in a zone: `adopt: ZONE`");
                None
            }
            (NodeId::Global, None | Some(NodeId::Global)) => verb(Adopt { at: NodeId::Global, operation: Operation::Adopt }),
            (NodeId::Global, Some(zone)) => verb(Adopt { at: zone, operation: Operation::Adopt }),
            (NodeId::Joined { .. }, _) => {
                check.mistake(node.place, "what a zone announces is adopted by the zone's name, whoever claims it", "");
                None
            }
            (NodeId::Zone(zone), at) if at == Some(NodeId::Zone(zone.clone())) || (at.is_none() && kuma) => {
                verb(Adopt { at: NodeId::Zone(zone), operation: Operation::Adopt })
            }
            (NodeId::Zone(zone), None | Some(NodeId::Global)) => verb(Adopt { at: NodeId::Global, operation: Operation::AdoptZone(zone) }),
            (NodeId::Zone(_), Some(other)) => {
                check.mistake(node.place, format!("what a zone announces is adopted on global, not at {other}"), "");
                None
            }
        }
    },
};

#[derive(Debug)]
struct Adopt {
    at: NodeId,
    operation: Operation,
}

impl Verb for Adopt {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Operate { at: self.at.clone(), operation: self.operation.clone() })
    }
}
