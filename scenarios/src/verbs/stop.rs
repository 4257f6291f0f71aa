//! `stop`: a workload that asked again and again asks no more.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::language::{Shape, check::did_you_mean};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "stop",
    does: "the traffic of this name ends; the step lasts until what was asked is answered",
    shape: Shape::Text,
    read: |node, check| {
        let called = check.text(node, "the name of traffic")?.to_owned();
        match check.traffic.get_mut(&called) {
            Some(has_ended) if !*has_ended => *has_ended = true,
            Some(_) => {
                check.mistake(node.place, format!("the traffic `{called}` has ended before"), "");
                return None;
            }
            None => {
                let names: Vec<String> = check.traffic.keys().cloned().collect();
                let help = did_you_mean(&called, &names.iter().map(String::as_str).collect::<Vec<_>>());
                check.mistake(node.place, format!("no step before has begun traffic called `{called}`"), help);
                return None;
            }
        }
        verb(Stop(called))
    },
};

#[derive(Debug)]
struct Stop(String);

impl Verb for Stop {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::StopTraffic(self.0.clone()))
    }
}
