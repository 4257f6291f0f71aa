//! `cut`: a link stops working, both ways.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    language::{
        Shape,
        shape::{may, need},
    },
    world::CutHow,
};
use rand::RngExt;
use strait_core::resource::ZoneName;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "cut",
    does: "a link stops working both ways; `stall`: what is sent waits for the heal; `sever`: it is lost, and connections die. Without `how` the seed draws it",
    shape: Shape::Fields(&[need("between", Shape::Link), may("how", Shape::Choice(&["stall", "sever"]))]),
    read: |node, check| {
        let fields = check.fields(node, "`cut`", &["between", "how"])?;
        let link = fields.need(check, "between").and_then(|between| check.link(between));
        let how = match fields.get("how") {
            Some(how) => Some(if check.choice(how, "way to cut", &["stall", "sever"])? == "stall" { CutHow::Stall } else { CutHow::Sever }),
            None => None,
        };
        verb(Cut { link: link?, how })
    },
};

#[derive(Debug)]
struct Cut {
    link: ZoneName,
    how: Option<CutHow>,
}

impl Verb for Cut {
    fn plan(&self, stage: &mut Stage<'_>) -> Vec<Timed> {
        let drawn = if stage.rng.random() { CutHow::Stall } else { CutHow::Sever };
        Timed::now(Act::Cut(self.link.clone(), self.how.unwrap_or(drawn)))
    }
}
