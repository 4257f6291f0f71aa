//! Whether an object is what its schema says.
use super::{Bounds, Shape, Struct};
use serde_json::Value;

/// One thing that is not as the schema says.
#[derive(Debug)]
pub(in crate::kubernetes) enum Problem {
    /// A value of another type: what it should be, as JSON schemas and as Go call it, and in which type it stands.
    Type { field: String, value: Value, json: &'static str, go: &'static str, within: String },
    /// A field that must be there.
    Required { field: String },
    /// A text that is none of those allowed.
    NotAllowed { field: String, value: Value, allowed: Vec<String> },
    /// A number that is too small or too large: `should be greater than or equal to 1`.
    OutOfBounds { field: String, value: Value, bound: String },
}

/// What is wrong with an object.
pub(in crate::kubernetes) fn check(object: &Value, known: &Struct) -> Vec<Problem> {
    let mut found = Vec::new();
    fields(object, known, "", &mut found);
    found
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn fields(value: &Value, known: &Struct, path: &str, found: &mut Vec<Problem>) {
    let Some(map) = value.as_object() else {
        return found.push(Problem::Type {
            field: path.to_owned(),
            value: value.clone(),
            json: "object",
            go: "object",
            within: short(known),
        });
    };
    for (name, field) in &known.fields {
        let at = below(path, name);
        match map.get(name) {
            None | Some(Value::Null) if field.required && !(at == "status" || at.starts_with("status.") && !known.name.is_empty()) => {
                found.push(Problem::Required { field: at });
            }
            None | Some(Value::Null) => {}
            Some(value) => shape(value, &field.shape, &at, known, found),
        }
    }
}

fn shape(value: &Value, expected: &Shape, path: &str, within: &Struct, found: &mut Vec<Problem>) {
    let mut wrong = |json, go| found.push(Problem::Type { field: path.to_owned(), value: value.clone(), json, go, within: short(within) });
    match expected {
        Shape::Any => {}
        Shape::Text { allowed, .. } => match value.as_str() {
            None => wrong("string", "string"),
            Some(text) if !allowed.is_empty() && !allowed.iter().any(|one| one == text) => {
                found.push(Problem::NotAllowed { field: path.to_owned(), value: value.clone(), allowed: allowed.to_vec() });
            }
            Some(_) => {}
        },
        Shape::Bool if !value.is_boolean() => wrong("boolean", "bool"),
        Shape::Number if !value.is_number() => wrong("number", "float64"),
        Shape::Integer { bits, bounds } => match value.as_i64() {
            None => wrong("integer", if *bits == 32 { "int32" } else { "int64" }),
            Some(number) if *bits == 32 && i32::try_from(number).is_err() => wrong("integer", "int32"),
            Some(number) => bounds.check(number, value, path, found),
        },
        Shape::IntOrText if value.as_i64().is_none() && !value.is_string() => wrong("integer or string", "intstr.IntOrString"),
        Shape::Quantity if !value.is_number() && !value.as_str().is_some_and(is_quantity) => wrong("quantity", "resource.Quantity"),
        Shape::Bool | Shape::Number | Shape::IntOrText | Shape::Quantity => {}
        Shape::List { item, .. } => match value.as_array() {
            None => wrong("array", "[]"),
            Some(items) => items.iter().enumerate().for_each(|(nth, one)| shape(one, item, &format!("{path}[{nth}]"), within, found)),
        },
        Shape::Map { value: each, .. } => match value.as_object() {
            None => wrong("object", "map"),
            Some(map) => map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .for_each(|(key, value)| shape(value, each, &below(path, key), within, found)),
        },
        Shape::Struct(known) => fields(value, known, path, found),
    }
}

/// As Go names a type.
fn short(known: &Struct) -> String {
    known.name.rsplit('.').next().unwrap_or_default().to_owned()
}

impl Bounds {
    fn check(self, number: i64, value: &Value, path: &str, found: &mut Vec<Problem>) {
        let mut push = |bound: String| found.push(Problem::OutOfBounds { field: path.to_owned(), value: value.clone(), bound });
        if let Some(least) = self.least.filter(|least| number < *least) {
            push(format!("should be greater than or equal to {least}"));
        }
        if let Some(most) = self.most.filter(|most| number > *most) {
            push(format!("should be less than or equal to {most}"));
        }
    }
}

fn is_quantity(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let end = digits.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(digits.len());
    let (number, suffix) = digits.split_at(end);
    let known = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|power| power.parse::<i8>().is_ok());
    number.parse::<f64>().is_ok() && (known.contains(&suffix) || exponent)
}

/// Takes away fields that nobody knows, and says which.
pub(in crate::kubernetes) fn unknown_fields(object: &mut Value, known: &Struct) -> Vec<String> {
    let mut found = Vec::new();
    prune(object, known, "", &mut found);
    found
}

fn prune(value: &mut Value, known: &Struct, path: &str, found: &mut Vec<String>) {
    let Value::Object(map) = value else { return };
    map.retain(|name, value| match known.fields.get(name) {
        Some(field) => {
            prune_shape(value, &field.shape, &below(path, name), found);
            true
        }
        None if known.open => true,
        None => {
            found.push(below(path, name));
            false
        }
    });
}

fn prune_shape(value: &mut Value, expected: &Shape, path: &str, found: &mut Vec<String>) {
    match (expected, value) {
        (Shape::Struct(known), value) => prune(value, known, path, found),
        (Shape::List { item, .. }, Value::Array(items)) => {
            items.iter_mut().enumerate().for_each(|(nth, one)| prune_shape(one, item, &format!("{path}[{nth}]"), found));
        }
        (Shape::Map { value: each, .. }, Value::Object(map)) => {
            map.iter_mut().for_each(|(key, value)| prune_shape(value, each, &below(path, key), found));
        }
        _ => {}
    }
}
