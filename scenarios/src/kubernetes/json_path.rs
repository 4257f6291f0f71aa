//! Paths as columns of custom kinds and scales have them: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.ports[0].name`.
use serde_json::Value;

/// What stands at a path; null where nothing does, or where the path is none of these.
pub(super) fn find(object: &Value, path: &str) -> Value {
    let mut value = object;
    let mut rest = path.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let Some((index, after)) = inner.split_once(']') else { return Value::Null };
            rest = after;
            let found = if let Some(wish) = index.strip_prefix("?(@.").and_then(|wish| wish.strip_suffix(')')) {
                let Some((field, wanted)) = wish.split_once("==") else { return Value::Null };
                let wanted = wanted.trim().trim_matches(['"', '\'']);
                value.as_array().and_then(|items| items.iter().find(|item| item[field.trim()] == wanted))
            } else if let Ok(nth) = index.parse::<usize>() {
                value.get(nth)
            } else {
                value.get(index.trim_matches(['"', '\'']))
            };
            let Some(found) = found else { return Value::Null };
            value = found;
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let mut end = 0;
            let mut escaped = false;
            for letter in rest.chars() {
                if !escaped && (letter == '.' || letter == '[') {
                    break;
                }
                escaped = letter == '\\';
                end += letter.len_utf8();
            }
            let (field, after) = rest.split_at(end);
            if field.is_empty() {
                return Value::Null;
            }
            let Some(found) = value.get(field.replace('\\', "")) else { return Value::Null };
            (value, rest) = (found, after);
        }
    }
    value.clone()
}

/// Puts a value at a path of plain names.
pub(super) fn put(object: &mut Value, path: &str, new: Value) {
    let names: Vec<&str> = path.trim_start_matches('.').split('.').collect();
    if let [before @ .., last] = names.as_slice() {
        super::object::map_at(object, before).insert((*last).to_owned(), new);
    }
}
