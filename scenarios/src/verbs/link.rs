//! `link`: what a link is like from now on.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    cannot::Capability,
    language::{Shape, link, shape::need},
    link::{Link, Share},
};
use strait_core::resource::ZoneName;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "link",
    does: "a link is like this from now on; what is left out is as the topology says",
    shape: Shape::Fields(&{
        let [delay, jitter, loss, burst, duplicate, reorder, rate] = link::FIELDS;
        [need("between", Shape::Link), delay, jitter, loss, burst, duplicate, reorder, rate]
    }),
    read: |node, check| {
        let fields = check.fields(node, "`link`", &FACTS.shape.names())?;
        let between = fields.need(check, "between").and_then(|between| check.link(between));
        let anyway = between.as_ref().and_then(|zone| check.links_are.get(zone).copied()).unwrap_or(link::PLAIN);
        let link = link::read(&fields, anyway, check);
        verb(Become { between: between?, link: link? })
    },
};

#[derive(Debug)]
struct Become {
    between: ZoneName,
    link: Link,
}

impl Verb for Become {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Link(self.between.clone(), self.link))
    }

    fn needs(&self) -> Option<Capability> {
        (self.link.reorder > Share(0)).then_some(Capability::Reorder)
    }
}
