//! Server-side apply: the fields of a configuration become its manager's; what others own is not taken from them unasked, and what the manager leaves out
//! goes, where nobody else owns it.
use super::owners::{Owner, Path, Paths, Writes, differ, key_of, look_up, owners, paths, said, write_down};
use crate::kubernetes::{
    failure::Failure,
    object,
    schema::{ListKind, Shape},
};
use serde_json::{Value, json};

/// Applies a configuration to an object, or (null) to none.
///
/// # Errors
/// Others own fields that it would change, and it is not forced.
pub(in crate::kubernetes) fn apply(
    live: &Value,
    configuration: &Value,
    shape: &Shape,
    writes: &Writes,
    force: bool,
) -> Result<Value, Failure> {
    let mut merged = live.clone();
    merge(&mut merged, configuration, shape);
    let wanted = paths(configuration, shape);
    let mut owners = owners(live);
    let conflicts: Vec<(String, Path)> = owners
        .iter()
        .filter(|owner| !owner.is(writes))
        .flat_map(|owner| {
            let takes = owner.paths.iter().filter(|path| wanted.contains(*path) && differ(live, &merged, path, shape));
            takes.map(|path| (name(owner), path.clone())).collect::<Vec<_>>()
        })
        .collect();
    if !conflicts.is_empty() && !force {
        return Err(refused(&conflicts));
    }
    let mut dropped = Paths::new();
    if let Some(own) = owners.iter().find(|owner| owner.is(writes)) {
        dropped = own.paths.difference(&wanted).cloned().collect();
        dropped.retain(|path| !owners.iter().any(|owner| !owner.is(writes) && owner.paths.iter().any(|other| other.starts_with(path))));
    }
    // An item goes before what it holds, by which it is known. A whole that holds something of others stays.
    for path in &dropped {
        let holds = wanted.iter().any(|other| other.len() > path.len() && other.starts_with(path));
        if !holds {
            remove(&mut merged, path, shape);
        }
    }
    for owner in owners.iter_mut().filter(|owner| !owner.is(writes)) {
        owner.paths.retain(|path| !conflicts.iter().any(|(_, taken)| taken == path));
    }
    let unchanged = owners.iter().any(|owner| owner.is(writes) && owner.paths == wanted);
    if !unchanged {
        owners.retain(|owner| !owner.is(writes));
        owners.push(Owner { paths: wanted, ..Owner::new(writes) });
    }
    write_down(&mut merged, owners);
    Ok(merged)
}

fn name(owner: &Owner) -> String {
    let field = |name: &str| object::text(&owner.entry, &[name]);
    let part = if field("subresource").is_empty() { String::new() } else { format!(" with subresource {:?}", field("subresource")) };
    format!("{:?}{part} using {}", field("manager"), field("apiVersion"))
}

fn refused(conflicts: &[(String, Path)]) -> Failure {
    let causes: Vec<Value> = conflicts
        .iter()
        .map(|(owner, path)| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {owner}"), "field": said(path)}))
        .collect();
    let many = conflicts.len();
    let list = match conflicts {
        [(owner, path)] => format!("conflict with {owner}: {}", said(path)),
        several => {
            let mut by_owner: Vec<(&str, Vec<String>)> = Vec::new();
            for (owner, path) in several {
                match by_owner.iter_mut().find(|(known, _)| known == owner) {
                    Some((_, paths)) => paths.push(said(path)),
                    None => by_owner.push((owner, vec![said(path)])),
                }
            }
            let each: Vec<String> =
                by_owner.iter().map(|(owner, paths)| format!("conflicts with {owner}:\n- {}", paths.join("\n- "))).collect();
            each.join("\n")
        }
    };
    let plural = if many == 1 { "" } else { "s" };
    let message = format!("Apply failed with {many} conflict{plural}: {list}");
    Failure { details: json!({"causes": causes}), ..Failure::new(409, "Conflict", message) }
}

fn merge(live: &mut Value, configuration: &Value, shape: &Shape) {
    let atomic = match shape {
        Shape::Struct(known) => known.atomic,
        Shape::Map { atomic, .. } => *atomic,
        _ => false,
    };
    match (configuration, shape) {
        (Value::Object(wanted), _) if !atomic => {
            if !live.is_object() {
                *live = json!({});
            }
            for (name, value) in wanted.iter().filter(|(_, value)| !value.is_null()) {
                if let Value::Object(map) = live {
                    merge(map.entry(name.clone()).or_insert(Value::Null), value, shape.field(name));
                }
            }
        }
        (Value::Array(wanted), Shape::List { kind: ListKind::Set, .. }) => {
            let held = items(live);
            for item in wanted {
                if !held.contains(item) {
                    held.push(item.clone());
                }
            }
        }
        (Value::Array(wanted), Shape::List { kind: ListKind::Map(keys), item: below }) => {
            let held = items(live);
            for item in wanted {
                let key = key_of(item, keys, below);
                match held.iter_mut().find(|one| key_of(one, keys, below) == key) {
                    Some(one) => merge(one, item, below),
                    None => held.push(item.clone()),
                }
            }
        }
        _ => *live = configuration.clone(),
    }
}

fn items(value: &mut Value) -> &mut Vec<Value> {
    if !value.is_array() {
        *value = json!([]);
    }
    match value {
        Value::Array(items) => items,
        _ => unreachable!("it was made a list"),
    }
}

fn remove(object: &mut Value, path: &[String], shape: &Shape) {
    let [before @ .., last] = path else { return };
    if before.first().is_some_and(|first| first == "f:metadata") && before.len() == 1 && last == "f:name" {
        return;
    }
    let Some(gone) = look_up(object, path, shape).cloned() else { return };
    let Some(parent) = look_up_mut(object, before, shape) else { return };
    match parent {
        Value::Object(map) => {
            map.remove(last.trim_start_matches("f:"));
        }
        Value::Array(items) => items.retain(|item| *item != gone),
        _ => {}
    }
}

fn look_up_mut<'a>(object: &'a mut Value, path: &[String], shape: &Shape) -> Option<&'a mut Value> {
    let [first, rest @ ..] = path else { return Some(object) };
    if let Some(name) = first.strip_prefix("f:") {
        let below = shape.field(name);
        return look_up_mut(object.get_mut(name)?, rest, below);
    }
    let Shape::List { kind: ListKind::Map(keys), item: below } = shape else { return None };
    let wanted: Value = serde_json::from_str(first.strip_prefix("k:")?).ok()?;
    let item = object.as_array_mut()?.iter_mut().find(|item| key_of(item, keys, below) == wanted)?;
    look_up_mut(item, rest, below)
}
