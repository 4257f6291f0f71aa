//! Tokens, asked for as in Kuma: `{"zone": …, "scope": ["cp"], "validFor": "720h"}` for a zone (`ingress` for its ingress), and for the proxies of a mesh
//! `{"mesh": …, "name": …, "tags": {…: [...]}, "workload": …, "validFor": "720h"}`.
use super::{Api, Mode, Problem, body};
use crate::{
    process::CannotMakeKey,
    token::{CannotIssue, DataplaneClaims, Scope, Token},
};
use axum::{
    body::Body,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::resource::{Key, Kind, MeshName, ResourceName, ZoneName, model::go_duration};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
/// What a proxy is given may be good for as long as Kuma makes it by default: it can be revoked.
const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// What a request for a token may say, in bytes: more would not fit into a token.
const LARGEST_REQUEST: usize = 64 << 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ForZone {
    zone: String,
    #[serde(default)]
    scope: Vec<String>,
    valid_for: Option<String>,
    valid_for_seconds: Option<u64>,
}

/// Empty is what does not matter, as in Kuma.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ForProxies {
    mesh: String,
    name: String,
    tags: Option<BTreeMap<String, BTreeSet<String>>>,
    #[serde(rename = "type")]
    proxy_type: String,
    workload: String,
    valid_for: Option<String>,
    valid_for_seconds: Option<u64>,
}

/// Issues one for a zone control plane, or for an ingress, as plain text.
pub(super) async fn zone(State(api): State<Api>, body: Body) -> Result<Response, Problem> {
    let guard = api.guard()?;
    let wanted: ForZone = read(body).await?;
    let zone = ZoneName::new(&wanted.zone).map_err(|error| Problem::of_field("zone", error.to_string()))?;
    let scope = scope(&wanted.scope)?;
    let valid_for = valid_for(wanted.valid_for.as_deref(), wanted.valid_for_seconds, YEAR)?;
    if scope == Scope::Ingress {
        guard.make().await.map_err(|why| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why))?;
    }
    let token = guard.issue(&zone, scope, valid_for, &id()?).map_err(|why| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why))?;
    Ok(answer(&token))
}

/// Issues one for the proxies of a mesh, as plain text. Global makes the key of the mesh, if there is none.
pub(super) async fn dataplane(State(api): State<Api>, body: Body) -> Result<Response, Problem> {
    let wanted: ForProxies = read(body).await?;
    let valid_for = valid_for(wanted.valid_for.as_deref(), wanted.valid_for_seconds, TEN_YEARS)?;
    let claims = wanted.claims()?;
    let mesh = Key { kind: Kind::mesh(), mesh: None, name: of_mesh(&claims.mesh)? };
    if !api.desk().look(|shown| shown.view.resources.contains_key(&mesh)) {
        return Err(Problem::of_field("mesh", format!("mesh `{}` does not exist here", claims.mesh)));
    }
    let (keys, id) = (api.proxy_keys(), id()?);
    let issued = match (keys.issue(&claims, valid_for, &id), &api.0.mode) {
        (Err(CannotIssue::NoKey(mesh)), Mode::Global { .. }) => {
            keys.make(&mesh).await?;
            keys.issue(&claims, valid_for, &id)
        }
        (issued, _) => issued,
    };
    match issued {
        Ok(token) => Ok(answer(&token)),
        Err(why) => Err(api.no_token(&why)),
    }
}

impl Api {
    fn no_token(&self, why: &CannotIssue) -> Problem {
        match (why, &self.0.mode) {
            (CannotIssue::NoKey(mesh), Mode::Zone { name: zone, .. }) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!(
                    "zone {zone} holds no key that signs tokens for the proxies of mesh `{mesh}`: ask global for a token once (`strait token dataplane --mesh {mesh}` there), which makes the key and sends it here"
                ),
            ),
            (CannotIssue::TooLong, _) => Problem::of_field("tags", why.to_string()),
            (CannotIssue::NoKey(_) | CannotIssue::BadKey(_), _) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, why.to_string()),
            (CannotIssue::Signing(_), _) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, why.to_string()),
        }
    }
}

impl ForProxies {
    /// What the token is to say. Everything that is wrong is said at once.
    fn claims(self) -> Result<DataplaneClaims, Problem> {
        let mut wrong = Vec::new();
        let mut note = |field: &str, why: String| wrong.push((field.to_owned(), why));
        let mesh = MeshName::new(&self.mesh).map_err(|error| note("mesh", error.to_string())).ok();
        let name = match self.name.as_str() {
            "" => None,
            name => ResourceName::new(name).map_err(|error| note("name", error.to_string())).ok(),
        };
        if !matches!(self.proxy_type.as_str(), "" | "dataplane") {
            note("type", "must be `dataplane`, or absent".to_owned());
        }
        let tags = self.tags.unwrap_or_default();
        for (tag, values) in &tags {
            if tag.is_empty() || values.is_empty() || values.contains("") {
                note("tags", format!("`{tag}` must be a tag, with at least one value that is allowed, such as `kuma.io/service`: [`web`]"));
            }
        }
        let workload = (!self.workload.is_empty()).then_some(self.workload);
        match mesh {
            Some(mesh) if wrong.is_empty() => Ok(DataplaneClaims { mesh, name, tags, workload }),
            _ => Err(Problem::of_fields(wrong)),
        }
    }
}

impl From<CannotMakeKey> for Problem {
    fn from(why: CannotMakeKey) -> Self {
        match why {
            CannotMakeKey::Refused(refused) => refused.into(),
            CannotMakeKey::Gone(gone) => gone.into(),
            CannotMakeKey::System(why) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, why),
        }
    }
}

async fn read<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let said = body::read(body, LARGEST_REQUEST).await?;
    // A list would be read as the fields in their order.
    let said = serde_json::from_slice::<Map<String, Value>>(&said).map(Value::Object);
    said.and_then(serde_json::from_value).map_err(|error| Problem::of_field("", format!("this asks for no token: {error}")))
}

/// One, because whoever has a token for both could be either. None means a zone control plane.
fn scope(wanted: &[String]) -> Result<Scope, Problem> {
    const ALLOWED: &str = "allowed is one of `cp`, for a zone control plane, and `ingress`";
    match wanted {
        [] => Ok(Scope::ControlPlane),
        [one] => Scope::of(one).ok_or_else(|| Problem::of_field("scope", format!("`{one}` is not issued here: {ALLOWED}"))),
        _ => Err(Problem::of_field("scope", format!("there is more than one: {ALLOWED}"))),
    }
}

/// In Go's words or in seconds.
fn valid_for(text: Option<&str>, seconds: Option<u64>, most: Duration) -> Result<Duration, Problem> {
    let (field, asked) = match (text.filter(|text| !text.is_empty()), seconds) {
        (Some(text), None) => ("validFor", go_duration(text).map_err(|error| Problem::of_field("validFor", error.to_string()))?),
        (None, Some(seconds)) => ("validForSeconds", Duration::from_secs(seconds)),
        (None, None) => return Err(Problem::of_field("validFor", "for how long? Such as `720h`")),
        (Some(_), Some(_)) => return Err(Problem::of_field("validFor, validForSeconds", "both say for how long: give one of them")),
    };
    if asked < Duration::from_secs(1) || asked > most {
        let hours = most.as_secs() / 3600;
        return Err(Problem::of_field(field, format!("must be between a second and {hours}h, which are {} seconds", most.as_secs())));
    }
    Ok(asked)
}

/// Tells a token from all others.
fn id() -> Result<String, Problem> {
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the system gives no randomness"))?;
    Ok(id.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Every name of a mesh is one of a resource.
fn of_mesh(mesh: &MeshName) -> Result<ResourceName, Problem> {
    ResourceName::new(mesh.as_str()).map_err(|error| Problem::of_field("mesh", error.to_string()))
}

fn answer(token: &Token) -> Response {
    token.reveal().to_owned().into_response()
}
