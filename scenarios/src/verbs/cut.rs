//! `cut`: a link stops working, both ways.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    language::{
        Check, Fields, Shape,
        check::Line,
        shape::{may, need},
    },
    world::CutHow,
};
use rand::RngExt;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "cut",
    does: "a link stops working both ways; `stall`: what is sent waits for the heal; `sever`: it is lost, and connections die. Without `how` the seed draws it",
    shape: Shape::Fields(&[need("between", Shape::Link), may("how", Shape::Choice(&["stall", "sever"]))]),
    read: |node, check| {
        let fields = check.fields(node, "`cut`", &["between", "how"])?;
        let link = fields.need(check, "between").and_then(|between| check.line(between));
        let how = how(&fields, check)?;
        verb(Cut { link: link?, how })
    },
};

/// What `how` says, if it is there. `None`: a mistake was noted.
pub(super) fn how(fields: &Fields<'_>, check: &mut Check) -> Option<Option<CutHow>> {
    let Some(how) = fields.get("how") else {
        return Some(None);
    };
    Some(Some(if check.choice(how, "way to cut", &["stall", "sever"])? == "stall" { CutHow::Stall } else { CutHow::Sever }))
}

/// What the seed makes of it where a scenario does not say.
pub(super) fn drawn(stage: &mut Stage<'_>) -> CutHow {
    if stage.rng.random() { CutHow::Stall } else { CutHow::Sever }
}

#[derive(Debug)]
struct Cut {
    link: Line,
    how: Option<CutHow>,
}

impl Verb for Cut {
    fn plan(&self, stage: &mut Stage<'_>) -> Vec<Timed> {
        let how = self.how.unwrap_or_else(|| drawn(stage));
        Timed::now(match &self.link {
            Line::Up(zone) => Act::Cut(zone.clone(), how),
            Line::Between(pair) => Act::CutBetween(pair.clone(), how),
        })
    }
}
