//! Who owns which field: `metadata.managedFields`, as sets of paths.
use crate::kubernetes::{
    object,
    schema::{ListKind, Shape},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use strait_core::time::Wall;

/// A path: `f:spec`, `k:{"name":"web"}`, `v:"a"`.
pub(super) type Path = Vec<String>;
/// Paths that one manager owns.
pub(super) type Paths = BTreeSet<Path>;

/// Fields of the metadata that have owners.
const OWNED_METADATA: [&str; 4] = ["annotations", "finalizers", "labels", "ownerReferences"];

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub(in crate::kubernetes) struct Writes<'a> {
    pub(in crate::kubernetes) manager: &'a str,
    /// `Update` or `Apply`.
    pub(in crate::kubernetes) operation: &'a str,
    pub(in crate::kubernetes) subresource: &'a str,
    pub(in crate::kubernetes) api_version: &'a str,
    pub(in crate::kubernetes) now: Wall,
}

/// What one manager owns.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    /// Its entry without the fields.
    pub(super) entry: Value,
    pub(super) paths: Paths,
}

impl Owner {
    pub(super) fn is(&self, writes: &Writes) -> bool {
        let field = |name: &str| object::text(&self.entry, &[name]);
        field("manager") == writes.manager && field("operation") == writes.operation && field("subresource") == writes.subresource
    }

    pub(super) fn new(writes: &Writes) -> Self {
        let mut entry = json!({
            "manager": writes.manager, "operation": writes.operation, "apiVersion": writes.api_version,
            "time": object::time(writes.now), "fieldsType": "FieldsV1",
        });
        if !writes.subresource.is_empty() {
            entry["subresource"] = json!(writes.subresource);
        }
        Self { entry, paths: Paths::new() }
    }
}

/// Who owns what of an object.
pub(super) fn owners(object: &Value) -> Vec<Owner> {
    let entries = object::list(object, &["metadata", "managedFields"]).iter().filter(|entry| entry["manager"].is_string());
    entries
        .map(|entry| {
            let mut paths = Paths::new();
            read(&entry["fieldsV1"], &mut Vec::new(), &mut paths);
            let mut entry = entry.clone();
            if let Value::Object(entry) = &mut entry {
                entry.remove("fieldsV1");
            }
            Owner { entry, paths }
        })
        .collect()
}

/// Writes down who owns what.
pub(super) fn write_down(object: &mut Value, owners: Vec<Owner>) {
    let entries: Vec<Value> = owners
        .into_iter()
        .filter(|owner| !owner.paths.is_empty())
        .map(|owner| {
            let mut entry = owner.entry;
            let mut fields = Value::Object(Map::new());
            owner.paths.iter().for_each(|path| put(&mut fields, path));
            entry["fieldsV1"] = fields;
            entry
        })
        .collect();
    let metadata = object::metadata(object);
    if entries.is_empty() {
        metadata.remove("managedFields");
    } else {
        metadata.insert("managedFields".to_owned(), Value::Array(entries));
    }
}

/// After a write that was no apply: what it changed is its manager's, and nobody else's any more.
pub(in crate::kubernetes) fn record(before: Option<&Value>, object: &mut Value, shape: &Shape, writes: &Writes) {
    let old = before.map(|before| paths(before, shape)).unwrap_or_default();
    let new = paths(object, shape);
    let is_new = |path: &Path| !old.contains(path) || before.is_none_or(|before| differ(before, object, path, shape));
    let changed: Paths = new.iter().filter(|path| is_new(path)).cloned().collect();
    let gone: Paths = old.difference(&new).cloned().collect();
    if changed.is_empty() && gone.is_empty() {
        return;
    }
    let mut owners = owners(object);
    if !owners.iter().any(|owner| owner.is(writes)) {
        owners.push(Owner::new(writes));
    }
    for owner in &mut owners {
        owner.paths.retain(|path| !gone.contains(path));
        if owner.is(writes) {
            if !changed.is_empty() {
                owner.entry["time"] = json!(object::time(writes.now));
            }
            owner.paths.extend(changed.iter().cloned());
        } else {
            owner.paths.retain(|path| !changed.contains(path));
        }
    }
    write_down(object, owners);
}

/// All paths of an object that can have an owner.
pub(super) fn paths(object: &Value, shape: &Shape) -> Paths {
    let mut found = Paths::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        match name.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => {
                let metadata = shape.field("metadata");
                for name in OWNED_METADATA {
                    if let Some(value) = value.get(name) {
                        collect(value, metadata.field(name), &mut vec!["f:metadata".to_owned(), format!("f:{name}")], &mut found);
                    }
                }
            }
            _ => collect(value, shape.field(name), &mut vec![format!("f:{name}")], &mut found),
        }
    }
    found
}

fn collect(value: &Value, shape: &Shape, path: &mut Path, found: &mut Paths) {
    match (value, shape) {
        (_, Shape::Struct(known)) if known.atomic => {
            found.insert(path.clone());
        }
        (_, Shape::Map { atomic: true, .. }) => {
            found.insert(path.clone());
        }
        (Value::Object(map), _) if !map.is_empty() => {
            for (name, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                path.push(format!("f:{name}"));
                collect(value, shape.field(name), path, found);
                path.pop();
            }
        }
        (Value::Array(items), Shape::List { kind: ListKind::Set, .. }) => {
            for item in items {
                path.push(format!("v:{item}"));
                found.insert(path.clone());
                path.pop();
            }
        }
        (Value::Array(items), Shape::List { kind: ListKind::Map(keys), item: shape }) => {
            for item in items {
                path.push(format!("k:{}", key_of(item, keys, shape)));
                found.insert(path.clone());
                collect(item, shape, path, found);
                path.pop();
            }
        }
        _ => {
            found.insert(path.clone());
        }
    }
}

/// The keys of an item of a list, with their defaults.
pub(super) fn key_of(item: &Value, keys: &[String], shape: &Shape) -> Value {
    let mut key = Map::new();
    for name in keys {
        let default = || match shape {
            Shape::Struct(known) => known.fields.get(name).and_then(|field| field.default.clone()),
            _ => None,
        };
        if let Some(value) = item.get(name).cloned().or_else(default) {
            key.insert(name.clone(), value);
        }
    }
    Value::Object(key)
}

/// Whether a path leads to different values in two objects.
pub(super) fn differ(one: &Value, other: &Value, path: &Path, shape: &Shape) -> bool {
    match (look_up(one, path, shape), look_up(other, path, shape)) {
        // Of an item, only that it is there: what it holds has paths of its own.
        (Some(_), Some(_)) if path.last().is_some_and(|last| last.starts_with("k:")) => false,
        (one, other) => one != other,
    }
}

/// What stands at a path.
pub(super) fn look_up<'a>(object: &'a Value, path: &[String], shape: &Shape) -> Option<&'a Value> {
    let [first, rest @ ..] = path else { return Some(object) };
    if let Some(name) = first.strip_prefix("f:") {
        return look_up(object.get(name)?, rest, shape.field(name));
    }
    let items = object.as_array()?;
    if let Some(value) = first.strip_prefix("v:") {
        let value: Value = serde_json::from_str(value).ok()?;
        return items.iter().find(|item| **item == value);
    }
    let Shape::List { kind: ListKind::Map(keys), item: below } = shape else { return None };
    let wanted: Value = serde_json::from_str(first.strip_prefix("k:")?).ok()?;
    let item = items.iter().find(|item| key_of(item, keys, below) == wanted)?;
    look_up(item, rest, below)
}

/// As people read it: `.spec.containers[name="web"].image`.
pub(super) fn said(path: &[String]) -> String {
    path.iter()
        .map(|part| match part.split_once(':') {
            Some(("f", name)) => format!(".{name}"),
            Some(("k", key)) => {
                let key: Value = serde_json::from_str(key).unwrap_or_default();
                let pairs: Vec<String> = key.as_object().into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
                format!("[{}]", pairs.join(","))
            }
            Some((_, value)) => format!("[={value}]"),
            None => part.clone(),
        })
        .collect()
}

fn read(fields: &Value, path: &mut Path, found: &mut Paths) {
    for (name, below) in fields.as_object().into_iter().flatten() {
        if name == "." {
            found.insert(path.clone());
            continue;
        }
        // Keys are compared as text, so that they are written in one way.
        let name = match name.strip_prefix("k:").and_then(|key| serde_json::from_str::<Value>(key).ok()) {
            Some(key) => format!("k:{key}"),
            None => name.clone(),
        };
        path.push(name);
        if below.as_object().is_none_or(Map::is_empty) {
            found.insert(path.clone());
        } else {
            read(below, path, found);
        }
        path.pop();
    }
}

fn put(fields: &mut Value, path: &[String]) {
    let mut at = fields;
    for part in path {
        at = &mut at[part];
        if at.is_null() {
            *at = json!({});
        }
    }
    // An item is itself a member, beside what it holds.
    if path.last().is_some_and(|last| last.starts_with("k:")) {
        at["."] = json!({});
    }
}
