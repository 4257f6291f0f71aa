//! JSON patches (RFC 6902).
use serde_json::Value;

/// Carries out the operations of a patch, all or none.
///
/// # Errors
/// It is no patch, or it does not fit the object.
pub(in crate::kubernetes) fn json_patch(object: &mut Value, patch: &Value) -> Result<(), Refused> {
    let operations = patch.as_array().ok_or_else(|| Refused::NoPatch("a JSON patch is a list of operations".to_owned()))?;
    let mut patched = object.clone();
    for operation in operations {
        one(&mut patched, operation)?;
    }
    *object = patched;
    Ok(())
}

/// Why a patch was not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kubernetes) enum Refused {
    /// It is no patch.
    NoPatch(String),
    /// It does not fit the object.
    DoesNotFit,
}

fn one(object: &mut Value, operation: &Value) -> Result<(), Refused> {
    let path_of = |name: &str| -> Result<&str, Refused> {
        operation[name].as_str().ok_or_else(|| Refused::NoPatch(format!("an operation needs the text {name:?}: {operation}")))
    };
    let (what, path) = (path_of("op")?, path_of("path")?);
    let given = || operation.get("value").cloned().ok_or_else(|| Refused::NoPatch(format!("{what} needs a value: {operation}")));
    let found = |object: &Value, path: &str| object.pointer(path).cloned().ok_or(Refused::DoesNotFit);
    match what {
        "add" => add(object, path, given()?).ok_or(Refused::DoesNotFit),
        "remove" => remove(object, path).map(drop).ok_or(Refused::DoesNotFit),
        "replace" => {
            let slot = object.pointer_mut(path).ok_or(Refused::DoesNotFit)?;
            *slot = given()?;
            Ok(())
        }
        "move" => {
            let from = path_of("from")?;
            let value = remove(object, from).ok_or(Refused::DoesNotFit)?;
            add(object, path, value).ok_or(Refused::DoesNotFit)
        }
        "copy" => {
            let value = found(object, path_of("from")?)?;
            add(object, path, value).ok_or(Refused::DoesNotFit)
        }
        "test" => {
            let wanted = given()?;
            let is = object.pointer(path).cloned().unwrap_or(Value::Null);
            if is == wanted { Ok(()) } else { Err(Refused::DoesNotFit) }
        }
        other => Err(Refused::NoPatch(format!("Unexpected kind: {other}"))),
    }
}

fn parent<'a>(object: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((object.pointer_mut(parent)?, last.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *object = value;
        return Some(());
    }
    match parent(object, path)? {
        (Value::Object(map), name) => {
            map.insert(name, value);
        }
        (Value::Array(items), at) => {
            let at = if at == "-" { items.len() } else { at.parse().ok()? };
            if at > items.len() {
                return None;
            }
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Value, path: &str) -> Option<Value> {
    match parent(object, path)? {
        (Value::Object(map), name) => map.remove(&name),
        (Value::Array(items), at) => {
            let at: usize = at.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}
