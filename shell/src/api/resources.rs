//! Resources: read, written, deleted, listed.
use super::{Api, LARGEST_BODY, Mode, Problem, body, collections::kind_at, masked};
use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use strait_core::{
    names::{Reached, unshown},
    node::{Change, Observation},
    resource::{Key, Kind, MeshName, Resource, ResourceName, Scope, from_json, to_json},
};

/// How much of a list is shown at once: Kuma's default, and its limit.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// Which part of a list.
#[derive(Debug, Default, Deserialize)]
struct Page {
    size: Option<usize>,
    offset: Option<usize>,
}

/// What a path is about.
#[derive(Debug, PartialEq)]
enum About {
    /// All of a kind, of one mesh or of all.
    List(Kind, Option<MeshName>),
    One(Key),
}

/// Serves whatever path is no other's.
pub(super) async fn serve(State(api): State<Api>, method: Method, uri: Uri, body: Body) -> Result<Response, Problem> {
    let about = read(uri.path())?;
    match (method, about) {
        (Method::GET, About::List(kind, mesh)) => {
            let page: Query<Page> = Query::try_from_uri(&uri).map_err(|error| Problem::of_field("size, offset", error.body_text()))?;
            Ok(Json(api.desk().look(|shown| list(&api, shown, &kind, mesh.as_ref(), &page))).into_response())
        }
        (Method::GET, About::One(key)) => match api.desk().look(|shown| one(&api, shown, &key)) {
            Some(found) => Ok(Json(found).into_response()),
            None => Err(Problem::not_found(format!("{key} does not exist"))),
        },
        (Method::PUT, About::One(key)) => {
            let resource = as_meant(&api, parse(&body::read(body, LARGEST_BODY).await?, &key)?);
            let existed = api.desk().look(|shown| shown.view.resources.contains_key(&key));
            api.desk().edit(vec![Change::Put(resource)]).await??;
            Ok((if existed { StatusCode::OK } else { StatusCode::CREATED }, Json(json!({}))).into_response())
        }
        (Method::DELETE, About::One(key)) => {
            if !api.desk().look(|shown| shown.view.resources.contains_key(&key)) {
                return Err(Problem::not_found(format!("{key} does not exist")));
            }
            api.desk().edit(vec![Change::Delete(key)]).await??;
            Ok(Json(json!({})).into_response())
        }
        (method, _) => Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not allowed here"))),
    }
}

fn one(api: &Api, shown: &Observation, key: &Key) -> Option<Value> {
    let held = shown.view.resources.get(key)?;
    Some(match reached(api, shown, &key.kind, key.mesh.as_ref()) {
        Some(reached) => to_json(&reached.shown(held)),
        None => to_json(held),
    })
}

/// What a user writes. Of what is shown of services in a zone, nothing is meant to be stored.
pub(super) fn as_meant(api: &Api, resource: Resource) -> Resource {
    match &api.0.mode {
        Mode::Zone { .. } => unshown(resource),
        Mode::Global { .. } => resource,
    }
}

/// In a zone, what its services are reached by.
fn reached<'a>(api: &'a Api, shown: &'a Observation, kind: &Kind, mesh: Option<&MeshName>) -> Option<Reached<'a>> {
    match &api.0.mode {
        Mode::Zone { name: zone, .. } if matches!(kind.as_str(), "MeshService" | "MeshMultiZoneService") => {
            Some(Reached::new(&shown.view, zone, mesh))
        }
        Mode::Zone { .. } | Mode::Global { .. } => None,
    }
}

fn list(api: &Api, shown: &Observation, kind: &Kind, mesh: Option<&MeshName>, page: &Page) -> Value {
    let is_meant = |held: &&std::sync::Arc<Resource>| held.kind() == kind && mesh.is_none_or(|mesh| held.key.mesh.as_ref() == Some(mesh));
    let found: Vec<_> = shown.view.resources.values().filter(is_meant).collect();
    let (size, offset) = (page.size.unwrap_or(PAGE).clamp(1, LARGEST_PAGE), page.offset.unwrap_or(0));
    let reached = reached(api, shown, kind, mesh);
    let item =
        |held: &&std::sync::Arc<Resource>| to_json(&reached.as_ref().map_or_else(|| masked::resource(held), |reached| reached.shown(held)));
    let items: Vec<Value> = found.iter().skip(offset).take(size).map(item).collect();
    let next = (offset + items.len() < found.len()).then(|| format!("?offset={}&size={size}", offset + items.len()));
    json!({"total": found.len(), "items": items, "next": next})
}

fn parse(body: &[u8], key: &Key) -> Result<Resource, Problem> {
    let value: Value = serde_json::from_slice(body).map_err(|error| Problem::of_field("", format!("this is not JSON: {error}")))?;
    let resource = from_json(&value).map_err(|error| Problem::of_field(error.field, error.message))?;
    if resource.key == *key {
        return Ok(resource);
    }
    Err(Problem::of_field("type, mesh, name", format!("they say {}, the path says {key}", resource.key)))
}

fn read(path: &str) -> Result<About, Problem> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let kind = |path: &str| {
        kind_at(path).ok_or_else(|| Problem::not_found(format!("there is nothing at /{path}: no kind of resource is called so")))
    };
    let name = |name: &str| ResourceName::new(name).map_err(|error| Problem::of_field("name", error.to_string()));
    let mesh = |mesh: &str| MeshName::new(mesh).map_err(|error| Problem::of_field("mesh", error.to_string()));
    let is_global = |kind: &Kind| kind.facts().is_some_and(|facts| facts.scope == Scope::Global);
    match parts.as_slice() {
        [of] => Ok(About::List(kind(of)?, None)),
        [of, called] => {
            let kind = kind(of)?;
            if !is_global(&kind) {
                return Err(Problem::not_found(format!("a {kind} belongs to a mesh: ask for /meshes/MESH/{of}/{called}")));
            }
            Ok(About::One(Key { kind, mesh: None, name: name(called)? }))
        }
        ["meshes", of_mesh, of] => Ok(About::List(kind(of)?, Some(mesh(of_mesh)?))),
        ["meshes", of_mesh, of, called] => Ok(About::One(Key { kind: kind(of)?, mesh: Some(mesh(of_mesh)?), name: name(called)? })),
        _ => Err(Problem::not_found(format!("there is nothing at {path}"))),
    }
}
