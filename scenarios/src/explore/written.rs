//! A scenario as text: what was run, in the language.
use crate::{
    event::NodeId,
    language::Venue,
    limits::Limits,
    scenario::Scenario,
    workload::ProxyId,
    world::{Link, StoreKind},
};
use serde_json::{Map, Value, json};
use std::{fmt::Write, time::Duration};
use strait_core::{
    resource::{ZoneName, to_json},
    sync::Dialect,
};

/// The scenario that has this topology and these steps.
pub(super) fn scenario(stage: &Scenario, venue: Option<&Venue>, name: &str, why: &str, steps: &[Value]) -> String {
    let mut text = String::new();
    let mut line = |line: String| _ = writeln!(text, "{line}");
    line(format!("scenario: {name}"));
    line(format!("why: {}\n", flow(&json!(why))));
    line("topology:".to_owned());
    match venue {
        Some(venue) => topology_of(venue).into_iter().for_each(&mut line),
        None => topology(stage).into_iter().for_each(&mut line),
    }
    if !stage.resources.is_empty() {
        line("\nresources:".to_owned());
        stage
            .resources
            .iter()
            .for_each(|placed| line(format!("  - {}", flow(&json!({"at": placed.at.to_string(), "inline": to_json(&placed.resource)})))));
    }
    line("\nsteps:".to_owned());
    steps.iter().for_each(|step| line(format!("  - {}", block(step))));
    // Where a case ended before somebody joined, the world knew of it all the same.
    let has_joined = |called: &ZoneName| steps.iter().any(|step| step["join"]["as"] == json!(called));
    let join = |(called, zone)| line(format!("  - {}", block(&json!({"join": {"as": called, "zone": zone}}))));
    stage.joins.iter().filter(|(called, _)| !has_joined(called)).for_each(join);
    // The same of an ingress that moves.
    let has_moved = |ingress: &ProxyId| steps.iter().any(|step| step["move"] == json!(ingress.to_string()));
    let moves = stage.moves.iter().filter(|ingress| !has_moved(ingress));
    moves.for_each(|ingress| line(format!("  - {}", block(&json!({"move": ingress.to_string()})))));
    if let Some(venue) = venue.filter(|venue| !venue.never.is_empty()) {
        line("\nnever:".to_owned());
        venue.never.iter().for_each(|never| line(format!("  - {}", flow(never))));
    }
    if !stage.left.down.is_empty() || !stage.left.cut.is_empty() {
        let cut: Vec<Value> = stage.left.cut.iter().map(|zone| json!(["global", zone])).collect();
        let mut left = Map::new();
        if !stage.left.down.is_empty() {
            left.insert("down".to_owned(), json!(stage.left.down));
        }
        if !cut.is_empty() {
            left.insert("cut".to_owned(), json!(cut));
        }
        line(format!("\nleft: {}", flow(&Value::Object(left))));
    }
    text
}

/// The topology of a case that was drawn.
fn topology(stage: &Scenario) -> Vec<String> {
    let mut lines = vec![format!("  global: {}", control_plane(stage, &NodeId::Global)), "  zones:".to_owned()];
    lines.extend(stage.zones.keys().map(|zone| format!("    {zone}: {}", control_plane(stage, &NodeId::Zone(zone.clone())))));
    lines.push("  links:".to_owned());
    lines.extend(stage.links.iter().map(|(zone, link)| format!("    to-{zone}: {}", flow(&between(zone, link)))));
    lines.push(format!("  meshes: {}", flow(&json!(stage.meshes))));
    lines
}

/// The topology that a user brought, as they wrote it: what has names there is named elsewhere.
fn topology_of(venue: &Venue) -> Vec<String> {
    let mut lines = Vec::new();
    for (field, value) in venue.topology.as_object().into_iter().flatten() {
        match value.as_object().filter(|inner| matches!(field.as_str(), "zones" | "links") && !inner.is_empty()) {
            Some(inner) => {
                lines.push(format!("  {field}:"));
                lines.extend(inner.iter().map(|(name, value)| format!("    {}: {}", word(name), flow(value))));
            }
            None => lines.push(format!("  {field}: {}", flow(value))),
        }
    }
    lines
}

/// What is not as usual about a control plane.
fn control_plane(stage: &Scenario, who: &NodeId) -> String {
    let (usual, mut is) = (Limits::default(), Map::new());
    if stage.dialect(who) == Dialect::Kuma {
        is.insert("dialect".to_owned(), json!("kuma"));
    }
    if stage.stores.get(who) == Some(&StoreKind::Redb) {
        is.insert("store".to_owned(), json!("redb"));
    }
    let limits = stage.limits.get(who).copied().unwrap_or_default();
    if limits.remembered_removals != usual.remembered_removals {
        is.insert("remembered_removals".to_owned(), json!(limits.remembered_removals));
    }
    if limits.vips != usual.vips {
        is.insert("vips".to_owned(), json!(limits.vips.to_string()));
    }
    if *who == NodeId::Global && limits.snapshots != usual.snapshots {
        is.insert("snapshots".to_owned(), json!(limits.snapshots));
    }
    if let Some(lacks) = who.zone().and_then(|zone| stage.lacks.get(zone)) {
        is.insert("lacks".to_owned(), json!(lacks));
    }
    if let Some(zone) = who.zone() {
        let (proxies, ingress) = served(stage, zone);
        if !proxies.is_empty() {
            is.insert("proxies".to_owned(), Value::Object(proxies));
        }
        if ingress {
            is.insert("ingress".to_owned(), json!({}));
        }
    }
    flow(&Value::Object(is))
}

/// The workloads of a zone, and whether it has an ingress.
fn served(stage: &Scenario, zone: &ZoneName) -> (Map<String, Value>, bool) {
    let own = stage.proxies.iter().filter(|(proxy, _)| proxy.zone == *zone);
    let written = own.map(|(proxy, workload)| {
        let gateway = workload.gateway.as_ref().map(|passes_on| json!({"gateway": {"to": passes_on.to}}));
        (proxy.name.to_string(), gateway.unwrap_or_else(|| json!({})))
    });
    (written.collect(), stage.ingresses.iter().any(|ingress| ingress.zone == *zone))
}

fn between(zone: &ZoneName, link: &Link) -> Value {
    let ms = |time: Duration| format!("{}ms", time.as_millis());
    json!({"between": ["global", zone], "delay": ms(link.delay), "jitter": ms(link.jitter)})
}

/// A step: the verb stands in front of its argument, without braces.
fn block(step: &Value) -> String {
    match step.as_object().map(|fields| fields.iter().collect::<Vec<_>>()).as_deref() {
        Some([(verb, argument)]) => format!("{verb}: {}", flow(argument)),
        _ => flow(step),
    }
}

/// A value on one line of YAML.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}: {}", word(name), flow(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => word(text),
        other => other.to_string(),
    }
}

/// A text as it is, where nobody can take it for anything else; else quoted.
fn word(text: &str) -> String {
    const TAKEN: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '/' | '.'))
        && !TAKEN.contains(&text.to_ascii_lowercase().as_str());
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let is_time =
        matches!(&text[number.len()..], "ms" | "s" | "m" | "h") && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    if is_plain || is_time { text.to_owned() } else { Value::String(text.to_owned()).to_string() }
}
