//! Merging confs without remembering anything; whose a value is, is looked up afterwards.
use super::list;
use serde_json::{Map, Value, json};

/// One conf, and whose it is.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) conf: Value,
    pub(super) origin: Value,
}

pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Null => json!({}),
        other => other.clone(),
    }
}

/// RFC 7396, as it stands there.
fn patched(target: &Value, patch: &Value) -> Value {
    let Some(fields) = patch.as_object() else { return patch.clone() };
    let mut result = target.as_object().cloned().unwrap_or_default();
    for (name, value) in fields {
        let before = result.get(name).cloned().unwrap_or(Value::Null);
        result.insert(name.clone(), patched(&before, value));
    }
    Value::Object(result)
}

/// Pointers to everything that is not a map with fields.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value.as_object().filter(|fields| !fields.is_empty()) {
        Some(fields) => {
            fields.iter().for_each(|(name, value)| leaves(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found))
        }
        None if at.is_empty() => {}
        None => found.push(at.to_owned()),
    }
}

fn owner(pieces: &[Piece], pointer: &str) -> Value {
    pieces.iter().rev().find(|piece| piece.conf.pointer(pointer).is_some()).map(|piece| piece.origin.clone()).unwrap_or_default()
}

/// The origins, each once.
pub(super) fn once(pieces: &[Piece]) -> Value {
    let mut found: Vec<Value> = Vec::new();
    for piece in pieces {
        if !found.contains(&piece.origin) {
            found.push(piece.origin.clone());
        }
    }
    found.into()
}

pub(super) fn merged(pieces: &[Piece]) -> Value {
    let conf = pieces.iter().fold(json!({}), |conf, piece| patched(&conf, &piece.conf));
    let mut pointers = Vec::new();
    leaves(&conf, "", &mut pointers);
    let values: Map<String, Value> = pointers.into_iter().map(|pointer| (pointer.clone(), owner(pieces, &pointer))).collect();
    json!({"conf": conf, "origins": once(pieces), "values": values})
}

/// What an item of a `MeshHTTPRoute` says, with the defaults of Kuma's schema.
pub(super) fn route_conf(item: &Value) -> Value {
    let mut conf = Map::new();
    for field in ["hostnames", "rules"] {
        if !item[field].is_null() {
            conf.insert(field.to_owned(), without_nulls(&item[field]));
        }
    }
    let mut conf = Value::Object(conf);
    for rule in below(conf.get_mut("rules")) {
        for one in below(rule.get_mut("matches")) {
            below(one.get_mut("headers")).iter_mut().for_each(|header| set_if_unset(Some(header), "type", json!("Exact")));
        }
        let Some(default) = rule.get_mut("default") else { continue };
        below(default.get_mut("backendRefs")).iter_mut().for_each(|backend| set_if_unset(Some(backend), "weight", json!(1)));
        for filter in below(default.get_mut("filters")) {
            set_if_unset(filter.get_mut("requestRedirect"), "statusCode", json!(302));
            set_if_unset(filter.pointer_mut("/requestMirror/backendRef"), "weight", json!(1));
        }
    }
    conf
}

/// What an item of another kind says, with the defaults of Kuma's schema.
pub(super) fn conf(kind: &str, item: &Value) -> Value {
    let mut conf = without_nulls(&item["default"]);
    if kind == "MeshRetry" {
        below(conf.pointer_mut("/http/hostSelection")).iter_mut().for_each(|one| set_if_unset(Some(one), "updateFrequency", json!(2)));
    }
    conf
}

fn below(items: Option<&mut Value>) -> &mut [Value] {
    items.and_then(Value::as_array_mut).map(Vec::as_mut_slice).unwrap_or_default()
}

fn set_if_unset(map: Option<&mut Value>, field: &str, default: Value) {
    if let Some(fields) = map.and_then(Value::as_object_mut).filter(|fields| !fields.contains_key(field)) {
        fields.insert(field.to_owned(), default);
    }
}

/// One conf for each host, in the order in which they are first named.
pub(super) fn routes(pieces: &[Piece]) -> Vec<Value> {
    let hosts_of = |piece: &Piece| match piece.conf["hostnames"].as_array() {
        Some(hosts) if !hosts.is_empty() => hosts.clone(),
        _ => vec![json!("")],
    };
    let mut hosts: Vec<Value> = Vec::new();
    for host in pieces.iter().flat_map(hosts_of) {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    let of_host = |host: &Value| {
        let pieces: Vec<Piece> = pieces.iter().filter(|piece| hosts_of(piece).contains(host)).cloned().collect();
        // Rules with equal matches are taken out and come back, merged, at the end.
        let mut rules: Vec<Vec<Piece>> = Vec::new();
        for piece in &pieces {
            for rule in list(&piece.conf["rules"]).iter().rev() {
                let at = rules.iter().position(|equal| equal[0].conf["matches"] == rule["matches"]);
                let mut equal = at.map(|at| rules.remove(at)).unwrap_or_default();
                equal.push(Piece { conf: rule.clone(), origin: piece.origin.clone() });
                rules.push(equal);
            }
        }
        rules.reverse();
        let merged_rules: Vec<Value> = rules.iter().map(|equal| merged(equal)).collect();
        let mut conf = json!({"rules": merged_rules.iter().map(|rule| rule["conf"].clone()).collect::<Value>()});
        let mut values = Map::new();
        for (index, rule) in merged_rules.iter().enumerate() {
            let below = rule["values"].as_object().into_iter().flatten();
            values.extend(below.map(|(pointer, origin)| (format!("/rules/{index}{pointer}"), origin.clone())));
        }
        if host != "" {
            conf["hostnames"] = json!([host]);
            values.extend(pieces.last().map(|last| ("/hostnames".to_owned(), last.origin.clone())));
        }
        json!({"conf": conf, "values": values})
    };
    hosts.iter().map(of_host).collect()
}
