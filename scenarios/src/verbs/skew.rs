//! `skew`: the clocks of a control plane's host are wrong.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    cannot::Capability,
    event::NodeId,
    language::{
        Check, Node, Shape,
        shape::{may, need},
    },
    world::Skew,
};
use std::time::Duration;

/// A wall clock that is wrong by more is not looked at by anybody.
const FARTHEST: Duration = Duration::from_secs(3650 * 24 * 3600);
/// A clock that drifts faster is broken, and timers of seconds would notice; real ones stay below 500 ppm.
const FASTEST_PPM: i64 = 10_000;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "skew",
    does: "the wall clock of a control plane jumps `by` so much, timers do not notice; with `rate` both its clocks run faster or slower than the world's from now on, `0ppm` ends that",
    shape: Shape::Fields(&[need("who", Shape::ControlPlane), may("by", Shape::Text), may("rate", Shape::Text)]),
    read: |node, check| {
        let fields = check.fields(node, "`skew`", &FACTS.shape.names())?;
        let who = fields.need(check, "who").and_then(|who| check.control_plane(who));
        let by = fields.get("by").map(|by| jump(by, check));
        let rate = fields.get("rate").map(|rate| drift(rate, check));
        if by.is_none() && rate.is_none() {
            check.mistake(node.place, "`skew` needs to say how", "`by`, such as `+1h`, or `rate`, such as `500ppm`");
        }
        let skews: Option<Vec<Skew>> = [by, rate].into_iter().flatten().collect();
        let who = who?;
        let beside_workloads = check.proxies.iter().chain(&check.ingresses).any(|proxy| who.zone() == Some(&proxy.zone));
        verb(SkewClocks { who, beside_workloads, skews: skews.filter(|skews| !skews.is_empty())? })
    },
};

#[derive(Debug)]
struct SkewClocks {
    who: NodeId,
    /// Whether there are workloads in its zone, whose clocks are wrong with it.
    beside_workloads: bool,
    skews: Vec<Skew>,
}

impl Verb for SkewClocks {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        let act = |skew: &Skew| Timed { after: Duration::ZERO, act: Act::Skew(self.who.clone(), *skew) };
        self.skews.iter().map(act).collect()
    }

    fn needs(&self) -> Option<Capability> {
        self.beside_workloads.then_some(Capability::ClocksOfWorkloads)
    }
}

fn jump(node: &Node, check: &mut Check) -> Option<Skew> {
    const SUCH_AS: &str = "such as `+1h`, `-30m` or `400d`";
    let text = check.text(node, "`by`")?;
    let (sign, amount) = signed(text);
    let days = |days: &str| days.trim().parse().ok().and_then(|days: u64| days.checked_mul(24 * 3600)).map(Duration::from_secs);
    let exact = || amount.parse::<jiff::SignedDuration>().ok().and_then(|parsed| Duration::try_from(parsed).ok());
    let Some(amount) = amount.strip_suffix('d').and_then(days).or_else(exact) else {
        check.mistake(node.place, format!("`{text}` is not a jump of a clock"), SUCH_AS);
        return None;
    };
    if amount > FARTHEST {
        check.mistake(node.place, "`by` is too far", format!("at most {}d", FARTHEST.as_secs() / (24 * 3600)));
        return None;
    }
    i64::try_from(amount.as_millis()).ok().map(|ms| Skew::ByMs(sign * ms))
}

fn drift(node: &Node, check: &mut Check) -> Option<Skew> {
    let text = check.text(node, "`rate`")?;
    let (sign, amount) = signed(text);
    let ppm = amount.strip_suffix("ppm").and_then(|ppm| ppm.trim().parse::<u32>().ok()).map(i64::from);
    match ppm {
        None => {
            check.mistake(node.place, format!("`{text}` is not a rate"), "parts in a million, such as `500ppm` or `-500ppm`");
            None
        }
        Some(ppm) if ppm > FASTEST_PPM => {
            check.mistake(node.place, "`rate` is too fast for a clock", format!("from -{FASTEST_PPM}ppm to {FASTEST_PPM}ppm"));
            None
        }
        Some(ppm) => Some(Skew::RatePpm(sign * ppm)),
    }
}

fn signed(text: &str) -> (i64, &str) {
    match text.strip_prefix('-') {
        Some(amount) => (-1, amount),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}
