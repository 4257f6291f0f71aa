//! `join`: a second control plane claims the name of a zone.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{Shape, shape::need},
};
use strait_core::resource::ZoneName;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "join",
    does: "a second control plane starts under the name of a zone, with an empty disk of its own, over a link of its own that is like the zone's; from then on it is called `as`",
    shape: Shape::Fields(&[need("zone", Shape::Zone), need("as", Shape::Text)]),
    read: |node, check| {
        let fields = check.fields(node, "`join`", &FACTS.shape.names())?;
        let zone = fields.need(check, "zone").and_then(|zone| check.zone(zone));
        let called = fields.need(check, "as")?;
        let text = check.text(called, "`as`")?;
        let name = match ZoneName::new(text) {
            Err(error) => {
                check.mistake(called.place, error.to_string(), "");
                return None;
            }
            Ok(name) if text == "global" || check.zones.contains_key(&name) || check.joins.contains_key(&name) => {
                check.mistake(
                    called.place,
                    format!("there is a control plane `{text}` already"),
                    "give it a name of its own, such as `east-2`",
                );
                return None;
            }
            Ok(name) => name,
        };
        let zone = zone?;
        check.joins.insert(name.clone(), zone.clone());
        verb(Join(NodeId::Joined { called: name, zone }))
    },
};

#[derive(Debug)]
struct Join(NodeId);

impl Verb for Join {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Join(self.0.clone()))
    }
}
