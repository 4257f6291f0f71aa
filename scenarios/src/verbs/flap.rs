//! `flap`: a link comes and goes for a while.
use super::{Act, Stage, Timed, Verb, VerbFacts, cut, verb};
use crate::{
    language::{
        Shape,
        shape::{may, need},
    },
    world::CutHow,
};
use rand::RngExt;
use std::time::Duration;
use strait_core::resource::ZoneName;

/// A link that flaps faster than this is cut.
const SHORTEST: Duration = Duration::from_millis(10);

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "flap",
    does: "a link is cut for `down` and whole for `up`, again and again, with a phase drawn from the seed; the step lasts `over`, and leaves the link whole. Without `how` the seed draws it, each time anew",
    shape: Shape::Fields(&[
        need("between", Shape::Link),
        need("down", Shape::Duration),
        need("up", Shape::Duration),
        need("over", Shape::Duration),
        may("how", Shape::Choice(&["stall", "sever"])),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`flap`", &FACTS.shape.names())?;
        let link = fields.need(check, "between").and_then(|between| check.link(between));
        let over = fields.need(check, "over").and_then(|over| check.duration(over, "`over`"));
        let mut phase = |field: &'static str| {
            let node = fields.need(check, field)?;
            let lasts = check.duration(node, field)?;
            if lasts < SHORTEST {
                check.mistake(node.place, format!("`{field}` is too short"), format!("at least {}ms", SHORTEST.as_millis()));
                return None;
            }
            Some(lasts)
        };
        let (down, up) = (phase("down"), phase("up"));
        let how = cut::how(&fields, check)?;
        verb(Flap { link: link?, down: down?, up: up?, over: over?, how })
    },
};

#[derive(Debug)]
struct Flap {
    link: ZoneName,
    down: Duration,
    up: Duration,
    over: Duration,
    how: Option<CutHow>,
}

impl Verb for Flap {
    fn plan(&self, stage: &mut Stage<'_>) -> Vec<Timed> {
        let mut acts = Vec::new();
        // Links that flap alike do not flap in step.
        let up = u64::try_from(self.up.as_millis()).unwrap_or(u64::MAX);
        let mut at = Duration::from_millis(stage.rng.random_range(0..=up));
        while at + self.down <= self.over {
            let how = self.how.unwrap_or_else(|| cut::drawn(stage));
            acts.push(Timed { after: at, act: Act::Cut(self.link.clone(), how) });
            at += self.down;
            acts.push(Timed { after: at, act: Act::Heal(self.link.clone()) });
            at += self.up;
        }
        acts.push(Timed { after: self.over, act: Act::Nothing });
        acts
    }
}
