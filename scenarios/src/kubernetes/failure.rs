//! What the API answers when it refuses: a `Status` object with the reason, the code and the causes that the real one gives.
use super::resource::Resource;
use serde_json::{Value, json};

/// A request that is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The HTTP status.
    pub code: u16,
    /// For programs: `NotFound`, `Conflict`, `Invalid`, …
    pub reason: &'static str,
    /// For people.
    pub message: String,
    /// `details` of the `Status`; null where there are none.
    pub details: Value,
    /// After how many seconds to come again.
    pub retry_after: Option<u32>,
    /// Where a list whose token has expired may go on.
    pub continues_at: Option<String>,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueRequired`, `FieldValueInvalid`, …
    pub reason: &'static str,
    /// Which: `spec.containers[0].name`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Cause {
    pub(super) fn required(field: impl Into<String>, detail: &str) -> Self {
        let message = if detail.is_empty() { "Required value".to_owned() } else { format!("Required value: {detail}") };
        Self { reason: "FieldValueRequired", field: field.into(), message }
    }

    pub(super) fn invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self { reason: "FieldValueInvalid", field: field.into(), message: format!("Invalid value: {value}: {detail}") }
    }

    pub(super) fn type_invalid(field: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self { reason: "FieldValueTypeInvalid", field: field.into(), message: format!("Invalid value: {value}: {detail}") }
    }

    pub(super) fn forbidden(field: impl Into<String>, detail: &str) -> Self {
        Self { reason: "FieldValueForbidden", field: field.into(), message: format!("Forbidden: {detail}") }
    }

    pub(super) fn duplicate(field: impl Into<String>, value: &Value) -> Self {
        Self { reason: "FieldValueDuplicate", field: field.into(), message: format!("Duplicate value: {value}") }
    }

    pub(super) fn unsupported(field: impl Into<String>, value: &Value, allowed: &[&str]) -> Self {
        let allowed: Vec<String> = allowed.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", allowed.join(", "));
        Self { reason: "FieldValueNotSupported", field: field.into(), message }
    }
}

impl Failure {
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null, retry_after: None, continues_at: None }
    }

    fn about(resource: &Resource, name: &str) -> Value {
        let mut details = json!({"name": name, "kind": resource.plural});
        if !resource.group.is_empty() {
            details["group"] = json!(resource.group);
        }
        details
    }

    pub(super) fn not_found(resource: &Resource, name: &str) -> Self {
        let details = Self::about(resource, name);
        Self { details, ..Self::new(404, "NotFound", format!("{} {name:?} not found", resource.id())) }
    }

    pub(super) fn no_such_resource() -> Self {
        Self { details: json!({}), ..Self::new(404, "NotFound", "the server could not find the requested resource") }
    }

    pub(super) fn already_exists(resource: &Resource, name: &str) -> Self {
        let details = Self::about(resource, name);
        Self { details, ..Self::new(409, "AlreadyExists", format!("{} {name:?} already exists", resource.id())) }
    }

    pub(super) fn modified(resource: &Resource, name: &str) -> Self {
        Self::conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again")
    }

    pub(super) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let details = Self::about(resource, name);
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.id());
        Self { details, ..Self::new(409, "Conflict", message) }
    }

    pub(super) fn invalid(resource: &Resource, name: &str, causes: &[Cause]) -> Self {
        let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let said = match said.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let kind = resource.group_kind();
        let mut details = json!({"name": name, "kind": resource.kind});
        if !resource.group.is_empty() {
            details["group"] = json!(resource.group);
        }
        details["causes"] =
            causes.iter().map(|cause| json!({"reason": cause.reason, "message": cause.message, "field": cause.field})).collect();
        Self { details, ..Self::new(422, "Invalid", format!("{kind} {name:?} is invalid: {said}")) }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(super) fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let details = Self::about(resource, name);
        let named = if name.is_empty() { String::new() } else { format!(" {name:?}") };
        Self { details, ..Self::new(403, "Forbidden", format!("{}{named} is forbidden: {why}", resource.id())) }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(super) fn method_not_allowed() -> Self {
        Self { details: json!({}), ..Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource") }
    }

    pub(super) fn unsupported_media_type(allowed: &str) -> Self {
        let message = format!("the body of the request was in an unknown format - accepted media types include: {allowed}");
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(super) fn not_acceptable() -> Self {
        Self::new(406, "NotAcceptable", "only the following media types are accepted: application/json")
    }

    pub(super) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    pub(super) fn too_large_version(asked: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        let details =
            json!({"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}], "retryAfterSeconds": 1});
        Self { details, retry_after: Some(1), ..Self::new(504, "Timeout", message) }
    }

    pub(super) fn too_many_requests(retry_after: u32) -> Self {
        let details = json!({"retryAfterSeconds": retry_after});
        let message = "too many requests, please try again later";
        Self { details, retry_after: Some(retry_after), ..Self::new(429, "TooManyRequests", message) }
    }

    pub(super) fn internal(why: &str) -> Self {
        let details = json!({"causes": [{"message": why}]});
        Self { details, ..Self::new(500, "InternalError", format!("Internal error occurred: {why}")) }
    }

    /// As the API says it.
    pub fn status(&self) -> Value {
        let mut metadata = json!({});
        if let Some(token) = &self.continues_at {
            metadata["continue"] = json!(token);
        }
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": metadata, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }
}
