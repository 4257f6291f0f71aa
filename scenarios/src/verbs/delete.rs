//! `delete`: a user deletes a resource.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{
        Shape, resources,
        shape::{may, need},
    },
};
use strait_core::{node::Change, resource::Key};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "delete",
    does: "a user deletes a resource at a control plane; with `refused` that must be refused, for a reason with these words",
    shape: Shape::Fields(&[
        need("at", Shape::ControlPlane),
        need("kind", Shape::Kind),
        may("mesh", Shape::Text),
        need("name", Shape::Text),
        may("refused", Shape::Text),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`delete`", &FACTS.shape.names())?;
        let refused = match fields.get("refused") {
            Some(refused) => Some(check.text(refused, "`refused`")?.to_owned()),
            None => None,
        };
        let at = fields.need(check, "at").and_then(|at| check.control_plane(at));
        let key = resources::key(&fields, check);
        verb(Delete { at: at?, key: key?, refused })
    },
};

#[derive(Debug)]
struct Delete {
    at: NodeId,
    key: Key,
    refused: Option<String>,
}

impl Verb for Delete {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        let changes = vec![Change::Delete(self.key.clone())];
        Timed::now(Act::Edit { at: self.at.clone(), changes, refused: self.refused.clone() })
    }
}
