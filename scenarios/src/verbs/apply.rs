//! `apply`: a user writes resources.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{
        Shape,
        resources::{self, Strict},
        shape::{may, need},
    },
};
use strait_core::{node::Change, resource::Resource};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "apply",
    does: "a user creates or replaces resources at a control plane; with `refused` the write must be refused, for a reason with these words",
    shape: Shape::Fields(&[
        need("at", Shape::ControlPlane),
        may("file", Shape::Text),
        may("inline", Shape::Resource),
        may("refused", Shape::Text),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`apply`", &FACTS.shape.names())?;
        let refused = match fields.get("refused") {
            Some(refused) => Some(check.text(refused, "`refused`")?.to_owned()),
            None => None,
        };
        let at = fields.need(check, "at").and_then(|at| check.control_plane(at));
        // What is meant to be refused is not checked before.
        let strict = if refused.is_none() { Strict::Yes } else { Strict::No };
        let resources = resources::read(&fields, check, strict)?;
        verb(Apply { at: at?, resources, refused })
    },
};

#[derive(Debug)]
struct Apply {
    at: NodeId,
    resources: Vec<Resource>,
    refused: Option<String>,
}

impl Verb for Apply {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        let changes = self.resources.iter().cloned().map(Change::Put).collect();
        Timed::now(Act::Edit { at: self.at.clone(), changes, refused: self.refused.clone() })
    }
}
