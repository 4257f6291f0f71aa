//! Whom a policy is for, and what an item is for, as the reference says it: one step after the other.
use super::{Written, list, text};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

pub(super) enum Selection {
    No,
    Unresolved(String),
    Inbounds(Vec<(String, u64)>),
}

pub(super) fn select(policy: &Written, proxy: &Written, routes: &[&Written]) -> Selection {
    if !passes_filters(policy, proxy) {
        return Selection::No;
    }
    let top = policy.top();
    if top["kind"] != "MeshHTTPRoute" {
        return by_target(policy, top, proxy);
    }
    let name = text(&top["name"]);
    // Of several that are called so, the first by its name in the store.
    match routes.iter().filter(|route| route.display_name() == name).min_by_key(|route| route.name()) {
        None => Selection::Unresolved(format!(
            "unable to resolve TargetRef on policy: mesh:{} name:{} error:\"couldn't resolve MeshHTTPRoute targetRef with name '{name}'\"",
            text(&policy.0["mesh"]),
            policy.name()
        )),
        Some(route) if route.top()["kind"] == "MeshHTTPRoute" || !passes_filters(route, proxy) => Selection::No,
        Some(route) => by_target(route, route.top(), proxy),
    }
}

fn passes_filters(policy: &Written, proxy: &Written) -> bool {
    let role = policy.label("kuma.io/policy-role");
    if role != "producer" && policy.label("kuma.io/origin") == "zone" && !policy.zone().is_empty() {
        let side = proxy.label("kuma.io/origin");
        let elsewhere = side != "zone" || (!proxy.zone().is_empty() && proxy.zone() != policy.zone());
        if !side.is_empty() && side != "global" && elsewhere {
            return false;
        }
    }
    if role == "consumer" || role == "workload-owner" {
        return !policy.namespace().is_empty() && policy.namespace() == proxy.namespace();
    }
    true
}

fn by_target(policy: &Written, target: &Value, proxy: &Written) -> Selection {
    let networking = &proxy.0["networking"];
    let is_gateway = networking["gateway"].is_object();
    let is_builtin = networking["gateway"]["type"] == "BUILTIN";
    let types = list(&target["proxyTypes"]);
    let type_is_right = types.is_empty() || types.contains(&json!(if is_gateway { "Gateway" } else { "Sidecar" }));
    let said = |field: &str| text(&target[field]);
    let mut wanted_tags = target["tags"].as_object().cloned().unwrap_or_default();
    let (by_tags, is_meant) = match said("kind") {
        "Mesh" => (false, type_is_right),
        "Dataplane" => (false, !is_builtin && is_meant(policy, target, proxy)),
        "MeshSubset" => (true, type_is_right),
        "MeshService" | "MeshServiceSubset" => {
            if said("kind") == "MeshService" {
                wanted_tags.clear();
            }
            wanted_tags.insert("kuma.io/service".to_owned(), json!(said("name")));
            (true, type_is_right && !said("name").is_empty())
        }
        _ => (false, false),
    };
    if !is_meant {
        return Selection::No;
    }
    let carries = |tags: &Value| wanted_tags.iter().all(|(tag, value)| !tags[tag].is_null() && (value == "*" || tags[tag] == *value));
    let mut found = Vec::new();
    for (field, is_listener) in [("inbound", false), ("listeners", true)] {
        for one in list(&networking[field]) {
            let is_section = said("kind") != "Dataplane" || said("sectionName").is_empty() || said("sectionName") == section(one);
            if if by_tags { !is_listener && carries(&one["tags"]) } else { is_section } {
                let address = [&one["address"], &networking["address"]].into_iter().map(text).find(|address| !address.is_empty());
                found.push((address.unwrap_or_default().to_owned(), one["port"].as_u64().unwrap_or_default()));
            }
        }
    }
    let gateway_is_meant = is_gateway && !is_builtin && (!by_tags || carries(&networking["gateway"]["tags"]));
    if found.is_empty() && !gateway_is_meant { Selection::No } else { Selection::Inbounds(found) }
}

/// What a `sectionName` calls an inbound or a port: its name, or its number if it has none.
fn section(of: &Value) -> String {
    let name = text(&of["name"]);
    if name.is_empty() { of["port"].as_i64().unwrap_or_default().to_string() } else { name.to_owned() }
}

fn is_meant(policy: &Written, target: &Value, proxy: &Written) -> bool {
    let said = |field: &str| text(&target[field]);
    if !said("name").is_empty() {
        let namespace = if said("namespace").is_empty() { policy.namespace() } else { said("namespace") };
        return proxy.display_name() == said("name") && proxy.zone() == policy.zone() && proxy.namespace() == namespace;
    }
    let labels = labels(target);
    if labels.is_empty() { said("namespace").is_empty() } else { carries_labels(proxy, labels) }
}

fn labels(target: &Value) -> &Map<String, Value> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    target["labels"].as_object().unwrap_or(&NONE)
}

fn carries_labels(one: &Written, labels: &Map<String, Value>) -> bool {
    labels.iter().all(|(label, value)| one.0["labels"][label] == *value)
}

/// The destinations that an item is for, each with the part that is meant.
pub(super) fn destinations<'a>(policy: &Written, target: &Value, all: &[&'a Written]) -> Vec<(&'a Written, String)> {
    let said = |field: &str| text(&target[field]);
    let kind = said("kind");
    let parts: Vec<&str> = said("name").split('_').collect();
    let is_legacy = kind == "MeshService"
        && said("sectionName").is_empty()
        && ((parts.len() == 3 || parts.len() == 4 && parts[3].parse::<u32>().is_ok()) && parts[2] == "svc");
    let labels = labels(target);
    let namespace = if said("namespace").is_empty() { policy.namespace() } else { said("namespace") };
    let mut found = Vec::new();
    for one in all.iter().copied().filter(|one| one.is_of(kind)) {
        if kind == "Mesh" {
            found.push((one, String::new()));
            continue;
        }
        let is_it = if !labels.is_empty() {
            carries_labels(one, labels)
        } else if is_legacy {
            one.label("kuma.io/display-name") == parts[0] && one.namespace() == parts[1]
        } else {
            !said("name").is_empty() && one.display_name() == said("name") && one.zone() == policy.zone() && one.namespace() == namespace
        };
        if !is_it {
            continue;
        }
        if kind != "MeshService" && kind != "MeshMultiZoneService" {
            found.push((one, String::new()));
            continue;
        }
        let ports = one.items("ports");
        if !said("sectionName").is_empty() {
            if ports.iter().any(|port| section(port) == said("sectionName")) {
                found.push((one, said("sectionName").to_owned()));
            }
        } else if labels.is_empty() && is_legacy && parts.len() == 4 {
            found.extend(ports.iter().find(|port| port["port"].as_i64() == parts[3].parse().ok()).map(|port| (one, section(port))));
        } else {
            found.push((one, String::new()));
        }
    }
    found
}
