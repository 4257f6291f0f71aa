//! `traffic`: a workload asks again and again while other steps go on.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    language::{
        Shape,
        asks::{ask, asks},
        shape::need,
    },
    workload::Ask,
};
use std::time::Duration;

/// More often no world asks in time.
pub(crate) const OFTEN: Duration = Duration::from_millis(5);
/// The same, for people.
pub(crate) const OFTEN_ENOUGH: &str = "at least 5ms";

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "traffic",
    does: "a workload asks the same again and again, until `stop` or the end; how that went is counted",
    shape: Shape::Fields(asks![need("called", Shape::Text), need("every", Shape::Duration)]),
    read: |node, check| {
        let fields = check.fields(node, "`traffic`", &FACTS.shape.names())?;
        let asked = ask(&fields, check);
        let every = fields.need(check, "every").and_then(|every| {
            let lasts = check.duration(every, "`every`")?;
            if lasts < OFTEN {
                check.mistake(every.place, "`every` is too short", OFTEN_ENOUGH);
                return None;
            }
            Some(lasts)
        });
        let called = fields.need(check, "called").and_then(|node| {
            let called = check.text(node, "a name")?.to_owned();
            if check.traffic.insert(called.clone(), false).is_some() {
                check.mistake(node.place, format!("there is traffic called `{called}` already"), "");
                return None;
            }
            Some(called)
        });
        verb(Traffic { called: called?, ask: asked?, every: every? })
    },
};

#[derive(Debug)]
struct Traffic {
    called: String,
    ask: Ask,
    every: Duration,
}

impl Verb for Traffic {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Traffic { called: self.called.clone(), ask: self.ask.clone(), every: self.every })
    }
}
