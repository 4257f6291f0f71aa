//! `reject`: a control plane refuses a resource, as a build does that is too old to read it.
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
    name: "reject",
    does: "from now on the validators of a control plane refuse a resource, as those of a build that is too old to read it; until `accept`",
    shape: Shape::Fields(&[
        need("who", Shape::ControlPlane),
        need("kind", Shape::Kind),
        may("mesh", Shape::Text),
        need("name", Shape::Text),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`reject`", &FACTS.shape.names())?;
        let who = fields.need(check, "who").and_then(|who| check.control_plane(who));
        let key = resources::key(&fields, check);
        let (who, key) = (who?, key?);
        check.rejects.insert((who.clone(), key.clone()));
        check.too_old.insert(who.clone());
        verb(Reject { who, key })
    },
};

#[derive(Debug)]
struct Reject {
    who: NodeId,
    key: Key,
}

impl Verb for Reject {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Reject(self.who.clone(), self.key.clone()))
    }
}
