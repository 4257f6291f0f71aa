//! From the body of a request to an object of a kind.
use crate::kubernetes::{
    Asked, events,
    failure::{Cause, Failure},
    object::text,
    protobuf,
    request::Request,
    resource::Resource,
    schema::{Problem, check, unknown_fields},
};
use serde_json::Value;

/// The largest body, in bytes, as with the real API.
const MOST: usize = 3 << 20;

/// Any JSON.
pub(super) fn json(request: &Request) -> Result<Value, Failure> {
    if request.body.len() > MOST {
        let message = format!("Request entity too large: limit is {MOST}");
        return Err(Failure::new(413, "RequestEntityTooLarge", message));
    }
    if request.media_type() == protobuf::MEDIA_TYPE {
        return protobuf::object(&request.body).ok_or_else(|| Failure::unsupported_media_type("application/json"));
    }
    if !matches!(request.media_type(), "" | "application/json" | "application/yaml") {
        return Err(Failure::unsupported_media_type("application/json"));
    }
    parse(&request.body)
}

pub(super) fn parse(body: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::bad_request(format!("couldn't get version/kind; json parse error: {error}")))
}

/// An object of the kind that the path names, with fields that are known. Gives warnings, too.
pub(super) fn object(asked: &Asked, request: &Request) -> Result<(Value, Vec<String>), Failure> {
    let mut value = json(request)?;
    is_of_kind(&asked.resource, &value)?;
    let warnings = known(asked, &mut value)?;
    if asked.resource.is_renamed() {
        events::as_kept(&mut value);
    }
    Ok((value, warnings))
}

fn is_of_kind(resource: &Resource, value: &Value) -> Result<(), Failure> {
    let (kind, version) = (text(value, &["kind"]), text(value, &["apiVersion"]));
    if !value.is_object() {
        return Err(Failure::bad_request(
            "couldn't get version/kind; json parse error: json: cannot unmarshal into a struct with fields apiVersion and kind",
        ));
    }
    if kind.is_empty() && resource.custom {
        return Err(Failure::bad_request("Object 'Kind' is missing in the body"));
    }
    if !version.is_empty() && version != resource.api_version() {
        let message =
            format!("the API version in the data ({version}) does not match the expected API version ({})", resource.api_version());
        return Err(Failure::bad_request(message));
    }
    if !kind.is_empty() && kind != resource.kind {
        return Err(Failure::bad_request(format!("the object in the data is a {kind}, and a {} is expected here", resource.kind)));
    }
    Ok(())
}

/// Checks types, and treats unknown fields as the request wants.
pub(super) fn known(asked: &Asked, value: &mut Value) -> Result<Vec<String>, Failure> {
    let resource = &asked.resource;
    let unknown: Vec<String> =
        unknown_fields(value, &resource.fields).into_iter().map(|field| format!("unknown field {field:?}")).collect();
    let mut warnings = Vec::new();
    match asked.query.get("fieldValidation") {
        Some("Strict") if !unknown.is_empty() => {
            let strict = format!("strict decoding error: {}", unknown.join(", "));
            let message = if resource.custom {
                strict
            } else {
                format!("{} in version {:?} cannot be handled as a {}: {strict}", resource.kind, resource.version, resource.kind)
            };
            return Err(Failure::bad_request(message));
        }
        Some("Ignore") => {}
        _ => warnings = unknown,
    }
    let problems = check(value, &resource.fields);
    if resource.custom {
        return Ok(warnings);
    }
    // What is missing is told by the rules of the kind, with all that is wrong at once.
    let wrong = problems.into_iter().find_map(|problem| match problem {
        Problem::Type { field, value, go, within, .. } => Some((field, value, go, within)),
        _ => None,
    });
    if let Some((field, value, go, within)) = wrong {
        let found = match value {
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            Value::Array(_) => "array",
            _ => "object",
        };
        let message = format!(
            "{kind} in version {:?} cannot be handled as a {kind}: json: cannot unmarshal {found} into Go struct field {within}.{field} of type {go}",
            resource.version,
            kind = resource.kind,
        );
        return Err(Failure::bad_request(message));
    }
    Ok(warnings)
}

/// What a schema finds wrong, as causes.
pub(super) fn causes(problems: Vec<Problem>) -> Vec<Cause> {
    problems
        .into_iter()
        .map(|problem| match problem {
            Problem::Type { field, value, json, .. } => {
                let detail = format!("{field} in body must be of type {json}: {value}");
                Cause::type_invalid(field, &kind_of(&value), &detail)
            }
            Problem::Required { field } => Cause::required(field, ""),
            Problem::NotAllowed { field, value, allowed } => {
                Cause::unsupported(field, &value, &allowed.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Problem::OutOfBounds { field, value, bound } => {
                let detail = format!("{field} in body {bound}");
                Cause::invalid(field, &value, &detail)
            }
        })
        .collect()
}

fn kind_of(value: &Value) -> Value {
    Value::from(match value {
        Value::String(_) => "string",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::Bool(_) => "boolean",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Null => "null",
    })
}
