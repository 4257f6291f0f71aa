//! What went wrong, in Kuma's form.
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use strait_core::node::EditRefused;

/// What went wrong.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    /// Field and reason.
    fields: Vec<(String, String)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), fields: Vec::new() }
    }

    /// Something is wrong with one field of what was said.
    pub(super) fn of_field(field: impl Into<String>, why: impl Into<String>) -> Self {
        let (field, why) = (field.into(), why.into());
        let detail = if field.is_empty() { why.clone() } else { format!("{field}: {why}") };
        Self { status: StatusCode::BAD_REQUEST, detail, fields: vec![(field, why)] }
    }

    /// Several things are wrong with fields of what was said.
    pub(super) fn of_fields(fields: Vec<(String, String)>) -> Self {
        let detail = fields.iter().map(|(field, why)| format!("{field}: {why}")).collect::<Vec<_>>().join("; ");
        Self { status: StatusCode::BAD_REQUEST, detail, fields }
    }

    /// The same, about one field of what was said.
    pub(super) fn at(mut self, field: impl Into<String>) -> Self {
        self.fields = vec![(field.into(), self.detail.clone())];
        self
    }

    pub(super) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }
}

impl From<EditRefused> for Problem {
    fn from(refused: EditRefused) -> Self {
        let detail = refused.to_string();
        match refused {
            EditRefused::Invalid(violations) => {
                let fields = violations.into_iter().map(|violation| (violation.field, violation.message)).collect();
                Self { status: StatusCode::BAD_REQUEST, detail, fields }
            }
            EditRefused::NotOwner { .. } => Self::new(StatusCode::FORBIDDEN, detail),
            EditRefused::Operation(_) => Self::new(StatusCode::CONFLICT, detail),
            EditRefused::Store(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, detail),
        }
    }
}

impl From<crate::process::Gone> for Problem {
    fn from(gone: crate::process::Gone) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, gone.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = match self.status {
            StatusCode::NOT_FOUND => "Could not retrieve a resource",
            StatusCode::BAD_REQUEST => "Could not process a resource",
            other => other.canonical_reason().unwrap_or("Error"),
        };
        let fields: Vec<Value> = self.fields.iter().map(|(field, reason)| json!({"field": field, "reason": reason})).collect();
        let mut said = json!({"type": "/std-errors", "status": self.status.as_u16(), "title": title, "detail": self.detail});
        if !fields.is_empty() {
            said["invalid_parameters"] = Value::Array(fields);
        }
        (self.status, Json(said)).into_response()
    }
}
