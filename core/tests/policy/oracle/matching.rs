//! Whom a policy is for, and what an item is for, as the reference says it: one step after the other.
use super::Written;
use serde_json::{Value, json};

pub(super) enum Selection {
    No,
    Unresolved(String),
    Inbounds(Vec<(String, u64)>),
}

pub(super) fn select(policy: &Written, proxy: &Written, routes: &[Written]) -> Selection {
    if !passes_filters(policy, proxy) {
        return Selection::No;
    }
    let top = policy.top();
    if top["kind"] != "MeshHTTPRoute" {
        return by_target(policy, &top, proxy);
    }
    let name = top["name"].as_str().unwrap_or("");
    match routes.iter().find(|route| route.display_name() == name) {
        None => Selection::Unresolved(format!(
            "unable to resolve TargetRef on policy: mesh:{} name:{} error:\"couldn't resolve MeshHTTPRoute targetRef with name '{name}'\"",
            policy.0["mesh"].as_str().unwrap(),
            policy.name()
        )),
        Some(route) if route.top()["kind"] == "MeshHTTPRoute" || !passes_filters(route, proxy) => Selection::No,
        Some(route) => by_target(route, &route.top(), proxy),
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
    let types = target["proxyTypes"].as_array().cloned().unwrap_or_default();
    let type_is_right = types.is_empty() || types.contains(&json!(if is_gateway { "Gateway" } else { "Sidecar" }));
    let text = |field: &str| target[field].as_str().unwrap_or("");
    let mut wanted_tags = target["tags"].as_object().cloned().unwrap_or_default();
    let (by_tags, is_meant) = match text("kind") {
        "Mesh" => (false, type_is_right),
        "Dataplane" => (false, !is_builtin && is_meant(policy, target, proxy)),
        "MeshSubset" => (true, type_is_right),
        "MeshService" | "MeshServiceSubset" => {
            wanted_tags.insert("kuma.io/service".to_owned(), json!(text("name")));
            (true, type_is_right && !text("name").is_empty())
        }
        _ => (false, false),
    };
    if !is_meant {
        return Selection::No;
    }
    let carries = |tags: &Value| wanted_tags.iter().all(|(tag, value)| !tags[tag].is_null() && (value == "*" || tags[tag] == *value));
    let mut found = Vec::new();
    for (list, is_listener) in [("inbound", false), ("listeners", true)] {
        for one in networking[list].as_array().into_iter().flatten() {
            let section = one["name"].as_str().map_or_else(|| one["port"].to_string(), str::to_owned);
            let is_section = text("kind") != "Dataplane" || text("sectionName").is_empty() || text("sectionName") == section;
            if if by_tags { !is_listener && carries(&one["tags"]) } else { is_section } {
                let address = one["address"].as_str().or(networking["address"].as_str()).unwrap_or("");
                found.push((address.to_owned(), one["port"].as_u64().unwrap()));
            }
        }
    }
    let gateway_is_meant = is_gateway && !is_builtin && (!by_tags || carries(&networking["gateway"]["tags"]));
    if found.is_empty() && !gateway_is_meant { Selection::No } else { Selection::Inbounds(found) }
}

fn is_meant(policy: &Written, target: &Value, proxy: &Written) -> bool {
    let text = |field: &str| target[field].as_str().unwrap_or("");
    let labels = target["labels"].as_object().cloned().unwrap_or_default();
    if !text("name").is_empty() {
        let namespace = if text("namespace").is_empty() { policy.namespace() } else { text("namespace") };
        return proxy.display_name() == text("name") && proxy.zone() == policy.zone() && proxy.namespace() == namespace;
    }
    if labels.is_empty() {
        return text("namespace").is_empty();
    }
    labels.iter().all(|(label, value)| proxy.0["labels"][label] == *value)
}

/// The destinations that an item is for, each with the part that is meant.
pub(super) fn destinations(policy: &Written, target: &Value, all: &[Written]) -> Vec<(Written, String)> {
    let text = |field: &str| target[field].as_str().unwrap_or("");
    let kind = text("kind");
    let mut found = Vec::new();
    for one in all.iter().filter(|one| one.0["type"] == kind) {
        if kind == "Mesh" {
            found.push((one.clone(), String::new()));
            continue;
        }
        let parts: Vec<&str> = text("name").split('_').collect();
        let is_legacy = kind == "MeshService"
            && text("sectionName").is_empty()
            && ((parts.len() == 3 || parts.len() == 4 && parts[3].parse::<u32>().is_ok()) && parts[2] == "svc");
        let labels = target["labels"].as_object().cloned().unwrap_or_default();
        let namespace = if text("namespace").is_empty() { policy.namespace() } else { text("namespace") };
        let is_it = if !labels.is_empty() {
            labels.iter().all(|(label, value)| one.0["labels"][label] == *value)
        } else if is_legacy {
            one.label("kuma.io/display-name") == parts[0] && one.namespace() == parts[1]
        } else {
            !text("name").is_empty() && one.display_name() == text("name") && one.zone() == policy.zone() && one.namespace() == namespace
        };
        if !is_it {
            continue;
        }
        if kind != "MeshService" && kind != "MeshMultiZoneService" {
            found.push((one.clone(), String::new()));
            continue;
        }
        let ports = one.items("ports");
        let named = |port: &Value| port["name"].as_str().map_or_else(|| port["port"].to_string(), str::to_owned);
        if !text("sectionName").is_empty() {
            if ports.iter().any(|port| named(port) == text("sectionName")) {
                found.push((one.clone(), text("sectionName").to_owned()));
            }
        } else if labels.is_empty() && is_legacy && parts.len() == 4 {
            found.extend(ports.iter().find(|port| port["port"].as_i64() == parts[3].parse().ok()).map(|port| (one.clone(), named(port))));
        } else {
            found.push((one.clone(), String::new()));
        }
    }
    found
}
