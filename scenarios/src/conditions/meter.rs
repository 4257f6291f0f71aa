//! `bytes`, `messages`, `dials`: counted work since the last such expectation, or since the first step.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{
        Check, Node, Shape,
        shape::{Field, may},
    },
    meters::Meters,
};
use std::fmt;

const BETWEEN: &[Field] =
    &[may("from", Shape::ControlPlane), may("to", Shape::ControlPlane), may("at_least", Shape::Size), may("at_most", Shape::Size)];
const COUNTED: &[Field] =
    &[may("from", Shape::ControlPlane), may("to", Shape::ControlPlane), may("at_least", Shape::Number), may("at_most", Shape::Number)];
const DIALLED: &[Field] = &[may("from", Shape::ControlPlane), may("at_least", Shape::Number), may("at_most", Shape::Number)];

pub(super) const BYTES: ConditionFacts = ConditionFacts {
    name: "bytes",
    does: "so much was sent since the last `expect` of bytes: as `20kB`, or as `1.25 x changed`, where `changed` is the size of what users changed meanwhile, each resource once, in Kuma's JSON",
    shape: Shape::Fields(BETWEEN),
    beside: &[],
    read: |node, _, check| read(node, Counted::Bytes, BETWEEN, check).and_then(condition),
};

pub(super) const MESSAGES: ConditionFacts = ConditionFacts {
    name: "messages",
    does: "so many messages were sent since the last `expect` of messages",
    shape: Shape::Fields(COUNTED),
    beside: &[],
    read: |node, _, check| read(node, Counted::Messages, COUNTED, check).and_then(condition),
};

pub(super) const DIALS: ConditionFacts = ConditionFacts {
    name: "dials",
    does: "so many connections were tried since the last `expect` of dials",
    shape: Shape::Fields(DIALLED),
    beside: &[],
    read: |node, _, check| read(node, Counted::Dials, DIALLED, check).and_then(condition),
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Bytes on links.
    Bytes,
    /// Messages on links.
    Messages,
    /// Connections that were tried.
    Dials,
}

#[derive(Clone, Copy, Debug)]
enum Amount {
    Absolute(u64),
    /// In thousandths of what changed.
    OfChanged(u64),
}

#[derive(Debug)]
struct Meter {
    counted: Counted,
    from: Option<NodeId>,
    to: Option<NodeId>,
    at_least: Option<Amount>,
    at_most: Option<Amount>,
}

fn read(node: &Node, counted: Counted, fields: &[Field], check: &mut Check) -> Option<Meter> {
    let what = match counted {
        Counted::Bytes => "`bytes`",
        Counted::Messages => "`messages`",
        Counted::Dials => "`dials`",
    };
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let fields = check.fields(node, what, &names)?;
    let mut end = |field: &str| match fields.get(field) {
        Some(node) => check.control_plane(node).map(Some),
        None => Some(None),
    };
    let (from, to) = (end("from"), end("to"));
    let mut bound = |field: &str| match fields.get(field) {
        Some(node) => amount(node, counted, check).map(Some),
        None => Some(None),
    };
    let (at_least, at_most) = (bound("at_least")?, bound("at_most")?);
    if at_least.is_none() && at_most.is_none() {
        check.mistake(fields.place(), format!("{what} needs a bound"), "`at_least`, `at_most`, or both");
        return None;
    }
    Some(Meter { counted, from: from?, to: to?, at_least, at_most })
}

fn amount(node: &Node, counted: Counted, check: &mut Check) -> Option<Amount> {
    if counted != Counted::Bytes {
        return check.number(node, "a count").map(Amount::Absolute);
    }
    let text = check.text(node, "a size")?;
    let parsed = match text.split_once('x') {
        Some((factor, "changed" | " changed")) => thousandths(factor.trim()).map(Amount::OfChanged),
        _ => size(text).map(Amount::Absolute),
    };
    if parsed.is_none() {
        check.mistake(node.place, format!("`{text}` is not a size"), "such as `20kB`, `1MB`, `500B` or `1.25 x changed`");
    }
    parsed
}

/// `20kB` as 20000.
pub(crate) fn size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?);
    let unit = match unit.trim() {
        "B" => 1,
        "kB" => 1000,
        "MB" => 1_000_000,
        _ => return None,
    };
    Some(thousandths(number)?.checked_mul(unit)? / 1000)
}

/// `1.25` as 1250.
pub(crate) fn thousandths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(format!("{part:0<3}").parse().ok()?)
}

impl Counted {
    fn of(self, meters: &Meters, from: Option<&NodeId>, to: Option<&NodeId>) -> u64 {
        let is = |wanted: Option<&NodeId>, who: &NodeId| wanted.is_none_or(|wanted| wanted == who);
        match self {
            Self::Dials => meters.dials.iter().filter(|(who, _)| is(from, who)).map(|(_, dials)| dials).sum(),
            Self::Bytes | Self::Messages => {
                let links = meters.links.iter().filter(|((sender, receiver), _)| is(from, sender) && is(to, receiver));
                links.map(|(_, link)| if self == Self::Bytes { link.bytes } else { link.messages }).sum()
            }
        }
    }
}

impl Condition for Meter {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let (from, to) = (self.from.as_ref(), self.to.as_ref());
        let before = scene.ledger.mark(self.counted).map_or(0, |mark| self.counted.of(&mark.meters, from, to));
        let counted = self.counted.of(scene.meters, from, to) - before;
        let changed = scene.ledger.changed_since(self.counted);
        let limit = |amount: Amount| match amount {
            Amount::Absolute(limit) => limit,
            Amount::OfChanged(factor) => changed.saturating_mul(factor) / 1000,
        };
        let show = |limit: u64| format!("{counted} {} were counted, the bound is {limit} ({changed} bytes changed)", self.counted);
        match (self.at_least.map(limit), self.at_most.map(limit)) {
            (Some(at_least), _) if counted < at_least => Err(show(at_least)),
            (_, Some(at_most)) if counted > at_most => Err(show(at_most)),
            _ => Ok(()),
        }
    }

    fn counts(&self) -> Option<Counted> {
        Some(self.counted)
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Messages => "messages",
            Self::Dials => "dials",
        })
    }
}
