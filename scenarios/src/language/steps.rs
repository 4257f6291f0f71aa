//! `steps` and `crash_points`: what happens, and what must come to hold.
use super::{
    Check, Node,
    check::{did_you_mean, list},
    tree::{Content, Key},
};
use crate::{
    conditions::{CONDITIONS, ConditionFacts},
    scenario::{CrashPoints, Expectation, Step, StepKind},
    verbs::VERBS,
    world::Unstored,
};
use strait_core::sync::Dialect;

pub(super) fn read(listed: &Node, check: &mut Check) -> Vec<Step> {
    let mut steps = Vec::new();
    for item in check.items(listed, "`steps`") {
        steps.extend(one(item, check));
    }
    if steps.is_empty() && check.mistakes.is_empty() {
        check.mistake(listed.place, "a scenario has at least one step", "such as `- expect: { converged: all, within: 10s }`");
    }
    steps
}

/// One step. `None`: a mistake was noted.
pub(super) fn one(item: &Node, check: &mut Check) -> Option<Step> {
    let (key, argument) = single(item, "a step", check)?;
    let what = if key.text == "expect" { expectation(argument, check).map(StepKind::Expect) } else { verb(key, argument, check) };
    Some(Step { line: item.place.line, what: what? })
}

pub(super) fn crash_points(node: &Node, check: &mut Check) -> Option<CrashPoints> {
    let fields = check.fields(node, "`crash_points`", &["of", "disk"])?;
    let of = fields.need(check, "of")?;
    let who = check.control_plane(of)?;
    let dialect = who.zone().map_or(Some(&check.global), |zone| check.zones.get(zone));
    if dialect == Some(&Dialect::Kuma) {
        check.mistake(of.place, format!("{who} is a model of Kuma: where it crashes proves nothing"), "name a Strait control plane");
        return None;
    }
    let mut disk = Vec::new();
    match fields.get("disk") {
        None => disk = vec![Unstored::Kept, Unstored::Torn, Unstored::Lost],
        Some(listed) => {
            for item in check.items(listed, "`disk`") {
                disk.push(match check.choice(item, "outcome for a disk", &["kept", "torn", "lost"])? {
                    "kept" => Unstored::Kept,
                    "torn" => Unstored::Torn,
                    _ => Unstored::Lost,
                });
            }
        }
    }
    if disk.is_empty() {
        check.mistake(node.place, "`disk` names no outcome, so that nothing would be run", "allowed: `kept`, `torn`, `lost`");
        return None;
    }
    Some(CrashPoints { of: who, disk, from_the_first_step: false })
}

fn single<'a>(item: &'a Node, what: &str, check: &mut Check) -> Option<(&'a Key, &'a Node)> {
    match &item.content {
        Content::Map(entries) => match entries.as_slice() {
            [(key, value)] => Some((key, value)),
            [_, (second, _), ..] => {
                check.mistake(second.place, format!("{what} is one thing; this is a second"), "begin it with a dash of its own");
                None
            }
            [] => None,
        },
        _ => {
            check.mistake(item.place, format!("{what} is a map with one field, not {}", item.what()), format!("verbs: {}", verbs()));
            None
        }
    }
}

fn verb(key: &Key, argument: &Node, check: &mut Check) -> Option<StepKind> {
    let Some(facts) = VERBS.iter().find(|facts| facts.name == key.text) else {
        let mut names: Vec<&str> = VERBS.iter().map(|facts| facts.name).collect();
        names.push("expect");
        check.mistake(key.place, format!("there is no verb `{}`", key.text), did_you_mean(&key.text, &names));
        return None;
    };
    (facts.read)(argument, check).map(|verb| StepKind::Do { name: facts.name, verb })
}

fn verbs() -> String {
    let mut names: Vec<&str> = VERBS.iter().map(|facts| facts.name).collect();
    names.push("expect");
    list(&names)
}

fn expectation(node: &Node, check: &mut Check) -> Option<Expectation> {
    let within = node.field("within").map(|within| check.duration(within, "`within`"));
    let (facts, condition) = condition(node, &["within"], check)?;
    Some(Expectation {
        name: facts.name,
        condition,
        within: match within {
            Some(within) => Some(within?),
            None => None,
        },
    })
}

/// A condition, and what may stand beside it. `None`: a mistake was noted.
pub(super) fn condition(
    node: &Node,
    beside: &[&str],
    check: &mut Check,
) -> Option<(&'static ConditionFacts, std::sync::Arc<dyn crate::conditions::Condition>)> {
    let names: Vec<&str> = CONDITIONS.iter().map(|facts| facts.name).collect();
    let Content::Map(entries) = &node.content else {
        check.mistake(node.place, format!("a condition is a map, not {}", node.what()), format!("conditions: {}", list(&names)));
        return None;
    };
    let mut found = entries.iter().filter_map(|(key, value)| {
        let facts = CONDITIONS.iter().find(|facts| facts.name == key.text)?;
        Some((facts, key, value))
    });
    let Some((facts, _, argument)) = found.next() else {
        match entries.iter().find(|(key, _)| !beside.contains(&key.text.as_str())) {
            Some((key, _)) => check.mistake(key.place, format!("there is no condition `{}`", key.text), did_you_mean(&key.text, &names)),
            None => check.mistake(node.place, "a condition is missing", format!("conditions: {}", list(&names))),
        }
        return None;
    };
    if let Some((_, key, _)) = found.next() {
        check.mistake(key.place, "one condition at a time", "begin it with a step of its own");
        return None;
    }
    let mut allowed = vec![facts.name];
    allowed.extend(facts.beside.iter().map(|field| field.name));
    allowed.extend(beside);
    let fields = check.fields(node, "this condition", &allowed)?;
    (facts.read)(argument, &fields, check).map(|condition| (facts, condition))
}
