//! The universal form as JSON values.
use super::ParseError;
use crate::resource::{Encoding, Key, Kind, Labels, MeshName, NameError, RawSpec, Resource, ResourceName, Scope, Spec};
use serde_json::{Map, Value, json};

/// Written by control planes, meaningless on input.
const OUTPUT_ONLY: [&str; 3] = ["creationTime", "modificationTime", "kri"];
const RAW_TYPE: &str = "@type";
const RAW_BYTES: &str = "@bytes";

/// Reads one resource.
///
/// # Errors
/// Names the field, and says what is allowed.
pub fn from_json(value: &Value) -> Result<Resource, ParseError> {
    let Some(fields) = value.as_object() else {
        return Err(ParseError::new("", format!("a resource is a map with `type` and `name`, not {}", what(value))));
    };
    let mut fields = fields.clone();
    for field in OUTPUT_ONLY {
        fields.remove(field);
    }
    let key = key(&mut fields)?;
    let labels = labels(fields.remove("labels"))?;
    let (spec, status) = contents(&key.kind, fields)?;
    Ok(Resource { key, labels, spec, status })
}

/// Reads which resource is meant, by the fields `type`, `mesh` and `name`.
///
/// # Errors
/// Names the field, and says what is allowed.
pub fn key_from_json(value: &Value) -> Result<Key, ParseError> {
    let Some(fields) = value.as_object() else {
        return Err(ParseError::new("", format!("a resource is named by a map with `type`, `mesh` and `name`, not by {}", what(value))));
    };
    let mut fields = fields.clone();
    let key = key(&mut fields)?;
    nothing_else(&fields, "allowed are `type`, `mesh`, `name`")?;
    Ok(key)
}

/// Writes one resource; [`from_json`] reads it back without loss.
pub fn to_json(resource: &Resource) -> Value {
    Value::Object(fields(resource).into_iter().collect())
}

/// The fields in Kuma's order.
pub(super) fn fields(resource: &Resource) -> Vec<(String, Value)> {
    let mut fields = vec![("type".to_owned(), json!(resource.kind()))];
    if let Some(mesh) = resource.mesh() {
        fields.push(("mesh".to_owned(), json!(mesh)));
    }
    fields.push(("name".to_owned(), json!(resource.key.name)));
    if !resource.labels.is_empty() {
        fields.push(("labels".to_owned(), json!(resource.labels)));
    }
    match resource.spec.value() {
        Some(Value::Object(spec)) if is_inline(resource.kind()) => fields.extend(spec.clone()),
        _ => fields.push(("spec".to_owned(), spec_value(&resource.spec))),
    }
    if let Some(status) = &resource.status {
        fields.push(("status".to_owned(), spec_value(status)));
    }
    fields
}

fn is_inline(kind: &Kind) -> bool {
    matches!(kind.facts().map(|facts| facts.encoding), Some(Encoding::Protobuf(_)))
}

fn spec_value(spec: &Spec) -> Value {
    match (spec.value(), spec.raw()) {
        (Some(value), _) => value.clone(),
        (None, Some(raw)) => json!({RAW_TYPE: raw.type_url, RAW_BYTES: raw.to_base64()}),
        (None, None) => Value::Null,
    }
}

fn contents(kind: &Kind, mut fields: Map<String, Value>) -> Result<(Spec, Option<Spec>), ParseError> {
    if is_inline(kind) {
        return match fields.remove("spec") {
            Some(spec) if is_raw(&spec) => {
                nothing_else(&fields, "`spec` with `@bytes` holds everything").and_then(|()| Ok((read_spec("spec", spec)?, None)))
            }
            Some(_) => Err(ParseError::new("spec", format!("not for {kind}: its fields stand beside `type` and `name`"))),
            None => Ok((Spec::new(Value::Object(fields)), None)),
        };
    }
    let spec = match fields.remove("spec") {
        Some(spec @ Value::Object(_)) => read_spec("spec", spec)?,
        Some(Value::Null) | None if kind.facts().is_some() => Spec::new(Value::Object(Map::new())),
        Some(other) => return Err(ParseError::new("spec", format!("must be a map, not {}", what(&other)))),
        None => return Err(ParseError::new("spec", format!("must be set: {kind} is not a kind that is known here{}", suggestion(kind)))),
    };
    let has_status = kind.facts().is_none_or(|facts| facts.status);
    let status = match fields.remove("status") {
        Some(Value::Null) | None => None,
        Some(status @ Value::Object(_)) if has_status => Some(read_spec("status", status)?),
        Some(Value::Object(_)) => return Err(ParseError::new("status", format!("{kind} has no status"))),
        Some(other) => return Err(ParseError::new("status", format!("must be a map, not {}", what(&other)))),
    };
    nothing_else(&fields, "allowed are `type`, `mesh`, `name`, `labels`, `spec`")?;
    Ok((spec, status))
}

fn nothing_else(fields: &Map<String, Value>, allowed: &str) -> Result<(), ParseError> {
    match fields.keys().next() {
        Some(field) => Err(ParseError::new(field.as_str(), format!("unknown field; {allowed}"))),
        None => Ok(()),
    }
}

fn is_raw(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| fields.contains_key(RAW_BYTES) && fields.len() == 2 && fields.contains_key(RAW_TYPE))
}

fn read_spec(field: &str, value: Value) -> Result<Spec, ParseError> {
    if !is_raw(&value) {
        return Ok(Spec::new(value));
    }
    let part = |name: &str| {
        value.get(name).and_then(Value::as_str).ok_or_else(|| ParseError::new(format!("{field}.{name}"), "must be a text".to_owned()))
    };
    let raw =
        RawSpec::from_base64(part(RAW_TYPE)?, part(RAW_BYTES)?).map_err(|why| ParseError::new(format!("{field}.{RAW_BYTES}"), why))?;
    Ok(Spec::opaque(raw))
}

fn key(fields: &mut Map<String, Value>) -> Result<Key, ParseError> {
    let kind = Kind::new(&required(fields, "type")?).map_err(|error| named("type", &error))?;
    let name = ResourceName::new(&required(fields, "name")?).map_err(|error| named("name", &error))?;
    let mesh = mesh(&kind, text(fields, "mesh")?)?;
    Ok(Key { kind, mesh, name })
}

fn mesh(kind: &Kind, mesh: Option<String>) -> Result<Option<MeshName>, ParseError> {
    let scope = kind.facts().map(|facts| facts.scope);
    match (scope, mesh.filter(|mesh| !mesh.is_empty())) {
        (Some(Scope::Global), Some(_)) => Err(ParseError::new("mesh", format!("must not be set: {kind} belongs to no mesh"))),
        // Kuma's default.
        (Some(Scope::Mesh), None) => MeshName::new("default").map(Some).map_err(|error| named("mesh", &error)),
        (_, Some(mesh)) => MeshName::new(&mesh).map(Some).map_err(|error| named("mesh", &error)),
        (_, None) => Ok(None),
    }
}

fn labels(value: Option<Value>) -> Result<Labels, ParseError> {
    let fields = match value {
        None | Some(Value::Null) => return Ok(Labels::new()),
        Some(Value::Object(fields)) => fields,
        Some(other) => return Err(ParseError::new("labels", format!("must be a map of texts, not {}", what(&other)))),
    };
    fields
        .into_iter()
        .map(|(label, value)| match value {
            Value::String(value) => Ok((label, value)),
            other => Err(ParseError::new(format!("labels[\"{label}\"]"), format!("must be a text, not {}; quote it", what(&other)))),
        })
        .collect()
}

fn required(fields: &mut Map<String, Value>, field: &str) -> Result<String, ParseError> {
    text(fields, field)?.filter(|text| !text.is_empty()).ok_or_else(|| ParseError::new(field, "must be set"))
}

fn text(fields: &mut Map<String, Value>, field: &str) -> Result<Option<String>, ParseError> {
    match fields.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(ParseError::new(field, format!("must be a text, not {}", what(&other)))),
    }
}

fn named(field: &str, error: &NameError) -> ParseError {
    ParseError::new(field, error.to_string())
}

fn suggestion(kind: &Kind) -> String {
    kind.nearest().map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
}

fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}
