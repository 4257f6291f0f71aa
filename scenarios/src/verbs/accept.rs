//! `accept`: a control plane no longer refuses a resource that it refused.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{
        Shape, resources,
        shape::{may, need},
    },
};
use strait_core::resource::Key;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "accept",
    does: "the validators of a control plane no longer refuse what `reject` named; it is taken when it is next offered",
    shape: Shape::Fields(&[
        need("who", Shape::ControlPlane),
        need("kind", Shape::Kind),
        may("mesh", Shape::Text),
        need("name", Shape::Text),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`accept`", &FACTS.shape.names())?;
        let who = fields.need(check, "who").and_then(|who| check.control_plane(who));
        let key = resources::key(&fields, check);
        let (who, key) = (who?, key?);
        if !check.rejects.remove(&(who.clone(), key.clone())) {
            check.mistake(node.place, format!("{who} does not refuse {key}"), "a step before must `reject` it");
            return None;
        }
        verb(Accept { who, key })
    },
};

#[derive(Debug)]
struct Accept {
    who: NodeId,
    key: Key,
}

impl Verb for Accept {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Accept(self.who.clone(), self.key.clone()))
    }
}
