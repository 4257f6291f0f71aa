//! A request as it stands on the wire, and its query.
use super::failure::Failure;

/// A request. No I/O: whoever serves it has read it whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// `/api/v1/namespaces`, percent-encoded as it came.
    pub path: String,
    /// What follows the `?`, as it came.
    pub query: String,
    /// The header `Accept`.
    pub accept: String,
    /// The header `Content-Type`.
    pub content_type: String,
    /// What the header `Authorization` holds after `Bearer`.
    pub token: Option<String>,
    /// The header `User-Agent`, which names the field manager where nothing else does.
    pub user_agent: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A `GET` for this path and query.
    pub fn get(path_and_query: &str) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            accept: "application/json".to_owned(),
            ..Self::default()
        }
    }

    /// A request with a JSON body.
    pub fn with_body(method: &str, path_and_query: &str, content_type: &str, body: &serde_json::Value) -> Self {
        Self {
            method: method.to_owned(),
            content_type: content_type.to_owned(),
            body: body.to_string().into_bytes(),
            ..Self::get(path_and_query)
        }
    }

    /// With this token.
    #[must_use]
    pub fn as_bearer(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// The media type of the body, without parameters.
    pub(super) fn media_type(&self) -> &str {
        self.content_type.split(';').next().unwrap_or_default().trim()
    }
}

/// The query of a request.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// A parameter; `None` also where it is empty, as in the real API.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, value)| given == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "1"))
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Failure> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| Failure::bad_request(format!("invalid query parameter {name}={text:?}: a number is allowed")))
            })
            .transpose()
    }

    /// Only `All` is known.
    pub(super) fn is_dry_run(&self) -> Result<bool, Failure> {
        match self.get("dryRun") {
            None => Ok(false),
            Some("All") => Ok(true),
            Some(other) => Err(Failure::new(
                422,
                "Invalid",
                format!("CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [{other:?}]: supported values: \"All\""),
            )),
        }
    }
}
