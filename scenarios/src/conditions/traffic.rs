//! `traffic`: how what somebody asks again and again was answered since it was last looked at.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    language::{
        Check, Fields, Shape,
        check::did_you_mean,
        shape::{Field, may},
    },
    runner::Counts,
};

/// What is counted.
const COUNTED: [&str; 3] = ["answered", "denials", "failed"];
const BOUNDS: &[Field] = &[may("at_least", Shape::Number), may("at_most", Shape::Number)];

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "traffic",
    does: "of the questions of this traffic since it was last looked at, so many were answered, denied, or failed",
    shape: Shape::Text,
    beside: &[may("answered", Shape::Fields(BOUNDS)), may("denials", Shape::Fields(BOUNDS)), may("failed", Shape::Fields(BOUNDS))],
    read: |node, beside, check| {
        let called = check.text(node, "the name of traffic")?.to_owned();
        if !check.traffic.contains_key(&called) {
            let names: Vec<String> = check.traffic.keys().cloned().collect();
            let help = did_you_mean(&called, &names.iter().map(String::as_str).collect::<Vec<_>>());
            check.mistake(node.place, format!("no step before has begun traffic called `{called}`"), help);
            return None;
        }
        let mut bounds = Vec::new();
        for counted in COUNTED {
            bounds.extend(bound(beside, counted, check)?);
        }
        if bounds.is_empty() {
            check.mistake(node.place, "nothing is said of this traffic", "such as `failed: { at_most: 0 }`");
            return None;
        }
        condition(Traffic { called, bounds })
    },
};

/// What must be true of one number. `None`: a mistake was noted.
fn bound(beside: &Fields<'_>, counted: &'static str, check: &mut Check) -> Option<Option<Bound>> {
    let Some(node) = beside.get(counted) else {
        return Some(None);
    };
    let fields = check.fields(node, "what is counted", &["at_least", "at_most"])?;
    let mut number = |field: &'static str| match fields.get(field) {
        Some(node) => check.number(node, field).map(Some),
        None => Some(None),
    };
    let (at_least, at_most) = (number("at_least")?, number("at_most")?);
    if at_least.is_none() && at_most.is_none() {
        check.mistake(node.place, format!("`{counted}` has no bound"), "allowed: `at_least`, `at_most`");
        return None;
    }
    Some(Some(Bound { counted, at_least, at_most }))
}

#[derive(Debug)]
struct Traffic {
    called: String,
    bounds: Vec<Bound>,
}

#[derive(Debug)]
struct Bound {
    counted: &'static str,
    at_least: Option<u64>,
    at_most: Option<u64>,
}

impl Condition for Traffic {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let counts = scene.asks.counts(&self.called).cloned().unwrap_or_default();
        if self.bounds.iter().all(|bound| bound.holds(&counts)) {
            return Ok(());
        }
        let Counts { answered, denied, failed, last_failure } = counts;
        let last = last_failure.map(|why| format!("; of the last one {why}")).unwrap_or_default();
        Err(format!("{answered} were answered, {denied} denied, {failed} failed{last}"))
    }

    fn counts_traffic(&self) -> Option<&str> {
        Some(&self.called)
    }
}

impl Bound {
    fn holds(&self, counts: &Counts) -> bool {
        let number = match self.counted {
            "answered" => counts.answered,
            "denials" => counts.denied,
            _ => counts.failed,
        };
        self.at_least.is_none_or(|least| number >= least) && self.at_most.is_none_or(|most| number <= most)
    }
}
