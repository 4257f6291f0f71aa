//! `fails`: what a workload asks is neither answered nor denied.
use super::{Condition, ConditionFacts, Scene, condition, optional_text};
use crate::{
    language::{
        Shape,
        asks::{ask, asks},
        shape::may,
    },
    workload::{Answer, Ask},
};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "fails",
    does: "a request is neither answered nor denied; `because`: words of the reason, such as `no such name`, `timed out`, `nobody serves it`",
    shape: Shape::Fields(asks![may("because", Shape::Text)]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`fails`", &FACTS.shape.names())?;
        let (asked, because) = (ask(&fields, check), optional_text(&fields, "because", check)?);
        condition(Fails { ask: asked?, because })
    },
};

#[derive(Debug)]
struct Fails {
    ask: Ask,
    because: Option<String>,
}

impl Condition for Fails {
    fn asks(&self) -> Option<&Ask> {
        Some(&self.ask)
    }

    fn judges(&self, answer: &Answer, _scene: &Scene<'_>) -> Result<(), String> {
        let has_failed = matches!(answer, Answer::Closed | Answer::NoSuchName | Answer::Failed(_));
        let words = answer.to_string();
        let is_why = self.because.as_ref().is_none_or(|because| words.contains(because.as_str()));
        if has_failed && is_why { Ok(()) } else { Err(words) }
    }
}
