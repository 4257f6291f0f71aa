//! What an operator decides, and whether it is done or refused: a store that does not take it says so.
use super::{Act, Stage, Timed, Verb, verb};
use crate::{
    event::NodeId,
    language::{
        Check, Node, Shape,
        shape::{may, need},
    },
};
use std::sync::Arc;
use strait_core::{node::Operation, resource::ZoneName};

/// A zone alone, or with the words with which the decision must be refused.
pub(super) const ABOUT_A_ZONE: Shape = Shape::ZoneOr(&[need("zone", Shape::Zone), may("refused", Shape::Text)]);

/// A decision of global's operator about a zone.
pub(super) fn about_a_zone(node: &Node, check: &mut Check, what: &'static str, decide: fn(ZoneName) -> Operation) -> Option<Arc<dyn Verb>> {
    let (zone, refused) = if node.is_map() {
        let fields = check.fields(node, what, &ABOUT_A_ZONE.names())?;
        let refused = match fields.get("refused") {
            Some(refused) => Some(check.text(refused, "`refused`")?.to_owned()),
            None => None,
        };
        let zone = fields.need(check, "zone")?;
        (check.zone(zone)?, refused)
    } else {
        (check.zone(node)?, None)
    };
    verb(Decision { at: NodeId::Global, operation: decide(zone), refused })
}

/// One decision, where it is made.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) at: NodeId,
    pub(super) operation: Operation,
    /// It must be refused, with these words.
    pub(super) refused: Option<String>,
}

impl Verb for Decision {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        let Self { at, operation, refused } = self;
        Timed::now(Act::Operate { at: at.clone(), operation: operation.clone(), refused: refused.clone() })
    }
}
