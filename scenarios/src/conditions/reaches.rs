//! `reaches`: what a workload asks is answered, by whom and for whom is said.
use super::{Condition, ConditionFacts, Scene, condition, optional_text};
use crate::{
    cluster::is_meant_by,
    language::{
        Shape, Who,
        asks::{ask, asks},
        shape::may,
    },
    workload::{Answer, Ask},
};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "reaches",
    does: "a request is answered, by that proxy or by one of that zone; `identity`: as whom the server saw whoever asked, `nobody`: it saw no certificate",
    shape: Shape::Fields(asks![may("answered_by", Shape::ControlPlaneOrProxy), may("identity", Shape::Text)]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`reaches`", &FACTS.shape.names())?;
        let asked = ask(&fields, check);
        let by = match fields.get("answered_by") {
            Some(by) => Some(check.who(by)?),
            None => None,
        };
        let identity = optional_text(&fields, "identity", check)?;
        condition(Reaches { ask: asked?, by, identity })
    },
};

#[derive(Debug)]
struct Reaches {
    ask: Ask,
    by: Option<Who>,
    identity: Option<String>,
}

impl Condition for Reaches {
    fn asks(&self) -> Option<&Ask> {
        Some(&self.ask)
    }

    fn judges(&self, answer: &Answer, _scene: &Scene<'_>) -> Result<(), String> {
        let Answer::By { proxy, asker } = answer else {
            return Err(answer.to_string());
        };
        let is_by = match &self.by {
            None => true,
            Some(Who::Proxy(wanted)) => wanted == proxy || is_meant_by(proxy, wanted),
            Some(Who::ControlPlane(wanted)) => wanted.zone() == Some(&proxy.zone),
        };
        let is_for = match self.identity.as_deref() {
            None => true,
            Some("nobody") => asker.is_none(),
            Some(identity) => asker.as_deref() == Some(identity),
        };
        if is_by && is_for { Ok(()) } else { Err(answer.to_string()) }
    }
}
