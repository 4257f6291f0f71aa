//! `never`: what must not hold after any event, or by any answer.
use super::{
    Check, Node, Shape,
    check::list,
    shape::{Field, may},
    steps,
};
use crate::{
    scenario::Never,
    verbs::{OFTEN, OFTEN_ENOUGH},
};
use std::time::Duration;

/// How often it is asked what has to be asked, if nothing else is said.
const EVERY: Duration = Duration::from_secs(1);

/// What may stand beside a condition that must never hold.
pub(super) const BESIDE: &[Field] =
    &[may("called", Shape::Text), may("becomes", Shape::Flag), may("once", Shape::Anything), may("every", Shape::Duration)];

pub(super) fn read(listed: &Node, check: &mut Check) -> Vec<Never> {
    let mut found: Vec<Never> = Vec::new();
    for item in check.items(listed, "`never`") {
        let Some(never) = one(item, check) else { continue };
        let is_namesake = |other: &Never| never.called.is_some() && other.called == never.called;
        if let Some(called) = item.field("called").filter(|_| found.iter().any(is_namesake)) {
            check.mistake(called.place, "something else that must never hold is called so", "every one has a name of its own");
        }
        found.push(never);
    }
    found
}

/// One of them. `None`: a mistake was noted.
fn one(item: &Node, check: &mut Check) -> Option<Never> {
    let beside: Vec<&str> = BESIDE.iter().map(|field| field.name).collect();
    let (facts, condition) = steps::condition(item, &beside, check)?;
    if condition.counts_traffic().is_some() {
        check.mistake(item.place, format!("`{}` is counted from one expectation to the next", facts.name), "expect it in a step");
        return None;
    }
    let called = match item.field("called") {
        Some(node) => Some(check.text(node, "a name")?.to_owned()),
        None => None,
    };
    let becomes = match item.field("becomes") {
        Some(node) if !node.is("true") => {
            check.mistake(node.place, "`becomes` is `true`, or is left out", "with it, only what was otherwise before counts");
            return None;
        }
        said => said.is_some(),
    };
    let once = match item.field("once") {
        Some(node) => {
            let (facts, once) = steps::condition(node, &[], check)?;
            if once.asks().is_some() || once.counts_traffic().is_some() {
                let help = "`becomes: true` counts from the first answer by which it did not hold";
                check.mistake(node.place, format!("`{}` has to be asked, or counted: nobody does that for `once`", facts.name), help);
                return None;
            }
            Some(once)
        }
        None => None,
    };
    let every = match item.field("every") {
        Some(node) => {
            let every = check.duration(node, "`every`")?;
            if condition.asks().is_none() {
                let help =
                    format!("leave it out: only what has to be asked, such as {}, is asked every so often", list(&["reaches", "fails"]));
                check.mistake(node.place, format!("`{}` is judged after everything that happens", facts.name), help);
                return None;
            }
            if every < OFTEN {
                check.mistake(node.place, "`every` is too short", OFTEN_ENOUGH);
                return None;
            }
            every
        }
        None => EVERY,
    };
    Some(Never { line: item.place.line, name: facts.name, called, becomes, once, every, condition })
}
