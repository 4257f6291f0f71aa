//! What policies come to, for people.
use serde_json::Value;
use strait_core::{
    policy::{InboundRules, Merged, Origin, Resolved, Subset},
    resource::{
        MeshName, ResourceName,
        model::{Match, TextMatch},
    },
};

/// A line: a heading, or a value with whose it is.
enum Line {
    Heading(usize, String),
    Value([String; 3]),
}

pub(super) fn table(mesh: &MeshName, dataplane: &ResourceName, found: &[Resolved]) -> String {
    let mut shown = format!("{dataplane} of mesh {mesh}\n");
    for resolved in found {
        shown += &format!("\n{}\n", of_kind(resolved));
    }
    shown
}

fn of_kind(resolved: &Resolved) -> String {
    let mut lines = Vec::new();
    let matched: Vec<&str> = resolved.matched.iter().map(|key| key.name.as_str()).collect();
    let policies = if matched.is_empty() { "no policy is for it".to_owned() } else { format!("policies: {}", matched.join(" < ")) };
    lines.push(Line::Heading(0, format!("{}  {policies}", resolved.kind)));
    lines.extend(resolved.warnings.iter().map(|why| Line::Heading(1, format!("warning: {why}"))));
    for ((address, port), inbound) in resolved.inbounds.iter().flatten() {
        received(&format!("received on {address}:{port}"), inbound, &mut lines);
    }
    for ((address, port), rules) in resolved.from.iter().flatten() {
        for rule in rules {
            lines.push(Line::Heading(1, format!("received on {address}:{port} from {}", clients(&rule.subset))));
            merged(&rule.merged, &mut lines);
        }
    }
    for rule in resolved.to.iter().flatten() {
        lines.push(Line::Heading(1, format!("sent to {}", rule.destination.section(&rule.section))));
        rule.confs.iter().for_each(|conf| merged(conf, &mut lines));
    }
    aligned(&lines)
}

/// Rules with a match one by one, as the first that fits counts; the others as what they come to.
fn received(at: &str, inbound: &InboundRules, lines: &mut Vec<Line>) {
    for rule in &inbound.rules {
        if rule.matching.is_none() && inbound.effective.is_some() {
            continue;
        }
        let which = rule.matching.as_ref().map_or_else(String::new, |matching| format!(" {}", traffic(matching)));
        lines.push(Line::Heading(1, format!("{at}{which}")));
        values(&rule.conf, "", &rule.origin, lines);
    }
    if let Some(effective) = &inbound.effective {
        lines.push(Line::Heading(1, at.to_owned()));
        merged(effective, lines);
    }
}

fn traffic(matching: &Match) -> String {
    let text = |wanted: &TextMatch| if wanted.match_type == "Prefix" { format!("{}*", wanted.value) } else { wanted.value.clone() };
    let client = matching.spiffe_id.as_ref().map(|id| format!("from {}", text(id)));
    let name = matching.sni.as_ref().map(|sni| format!("for {}", text(sni)));
    client.into_iter().chain(name).collect::<Vec<_>>().join(" ")
}

fn clients(subset: &Subset) -> String {
    let tags: Vec<String> =
        subset.0.iter().map(|tag| format!("{}{}{}", tag.key, if tag.negated { "!=" } else { "=" }, tag.value)).collect();
    if tags.is_empty() { "everybody".to_owned() } else { tags.join(" ") }
}

fn merged(merged: &Merged, lines: &mut Vec<Line>) {
    if merged.values.is_empty() {
        lines.push(Line::Heading(2, "nothing is set".to_owned()));
    }
    for (pointer, origin) in &merged.values {
        let field = pointer.trim_start_matches('/').split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
        value(field.collect::<Vec<_>>().join("."), merged.conf.pointer(pointer).unwrap_or(&Value::Null), origin, lines);
    }
}

/// All values of a conf that is one policy's.
fn values(conf: &Value, field: &str, origin: &Origin, lines: &mut Vec<Line>) {
    match conf.as_object().filter(|fields| !fields.is_empty()) {
        Some(fields) => {
            for (name, value) in fields {
                let field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                values(value, &field, origin, lines);
            }
        }
        None => value(field.to_owned(), conf, origin, lines),
    }
}

fn value(field: String, value: &Value, origin: &Origin, lines: &mut Vec<Line>) {
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    lines.push(Line::Value([field, shown, format!("{}[{}]", origin.policy.name, origin.rule)]));
}

/// What is longer than this pushes its own line only.
const WIDEST: usize = 48;

fn aligned(lines: &[Line]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| if let Line::Value(cells) = line { Some(cells[column].chars().count()) } else { None });
        cells.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let shown = |line: &Line| match line {
        Line::Heading(depth, text) => format!("{}{text}", "  ".repeat(*depth)),
        Line::Value([field, value, origin]) => format!("    {field:first$}  {value:second$}  {origin}"),
    };
    lines.iter().map(shown).collect::<Vec<_>>().join("\n")
}
