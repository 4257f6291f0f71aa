//! Several changes of resources at once: all are made, or none.
use super::{Api, LARGEST_EDIT, Problem, body, resources::as_meant};
use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use strait_core::{
    node::{Change, EditRefused},
    resource::{Key, Kind, ParseError, from_json, key_from_json},
};

/// `{"changes": [{"put": RESOURCE}, {"delete": {"type": …, "mesh": …, "name": …}}]}`. Answered once all of it is durable, with what each
/// change came to and the head of the history then.
pub(super) async fn make(State(api): State<Api>, body: Body) -> Result<Response, Problem> {
    let meant = |change| if let Change::Put(resource) = change { Change::Put(as_meant(&api, resource)) } else { change };
    let changes: Vec<Change> = read(&body::read(body, LARGEST_EDIT).await?)?.into_iter().map(meant).collect();
    let places: BTreeMap<Key, usize> = changes.iter().enumerate().map(|(index, change)| (change.key().clone(), index)).collect();
    let verbs: Vec<&str> = changes.iter().map(verb).collect();
    let came_to: Vec<&str> =
        api.desk().look(|shown| changes.iter().map(|change| came_to(change, shown.view.resources.contains_key(change.key()))).collect());
    let refused = |refused: EditRefused| {
        let place = |key: &Key| places.get(key).map(|index| format!("changes[{index}].{}", verbs[*index]));
        match refused {
            EditRefused::Invalid(violations) => Problem::of_fields(
                violations
                    .into_iter()
                    .map(|violation| {
                        let field = place(&violation.key).map(|place| format!("{place}.{}", violation.field));
                        (field.unwrap_or(violation.field), violation.message)
                    })
                    .collect(),
            ),
            EditRefused::NotOwner { ref key, .. } => {
                let place = place(key).unwrap_or_default();
                Problem::from(refused).at(place)
            }
            EditRefused::Operation(_) | EditRefused::Store(_) => Problem::from(refused),
        }
    };
    let head = api.desk().edit(changes).await?.map_err(refused)?;
    Ok(Json(json!({"changes": came_to, "head": head})).into_response())
}

/// What a change comes to.
fn came_to(change: &Change, is_there: bool) -> &'static str {
    match (change, is_there) {
        (Change::Put(_), false) => "created",
        (Change::Put(_), true) => "configured",
        (Change::Delete(_), true) => "deleted",
        (Change::Delete(_), false) => "absent",
    }
}

fn verb(change: &Change) -> &'static str {
    match change {
        Change::Put(_) => "put",
        Change::Delete(_) => "delete",
    }
}

/// Everything that is wrong with its form is said at once.
fn read(body: &[u8]) -> Result<Vec<Change>, Problem> {
    const FORM: &str =
        "must be a map with one field, `changes`: a list of `{\"put\": RESOURCE}` and `{\"delete\": {\"type\", \"mesh\", \"name\"}}`";
    let said: Value = serde_json::from_slice(body).map_err(|error| Problem::of_field("", format!("this is not JSON: {error}")))?;
    let Value::Object(mut fields) = said else {
        return Err(Problem::of_field("", FORM));
    };
    let Some(Value::Array(said)) = fields.remove("changes") else {
        return Err(Problem::of_field("changes", FORM));
    };
    if let Some(other) = fields.keys().next() {
        return Err(Problem::of_field(other, format!("unknown field; it {FORM}")));
    }
    let (mut changes, mut wrong) = (Vec::with_capacity(said.len()), Vec::new());
    for (index, said) in said.into_iter().enumerate() {
        match change(said) {
            Ok(change) => changes.push(change),
            Err((field, why)) => wrong.push((format!("changes[{index}]{field}"), why)),
        }
    }
    if wrong.is_empty() { Ok(changes) } else { Err(Problem::of_fields(wrong)) }
}

/// One change; or the field that is wrong, and why.
fn change(said: Value) -> Result<Change, (String, String)> {
    let allowed = || (String::new(), "must be `{\"put\": RESOURCE}` or `{\"delete\": {\"type\", \"mesh\", \"name\"}}`".to_owned());
    let Value::Object(said) = said else {
        return Err(allowed());
    };
    let (verb, about) = one_field(said).ok_or_else(allowed)?;
    let wrong = |error: ParseError| {
        let field = if error.field.is_empty() { String::new() } else { format!(".{}", error.field) };
        (format!(".{verb}{field}"), error.message)
    };
    let change = match verb.as_str() {
        "put" => Change::Put(from_json(&about).map_err(wrong)?),
        "delete" => Change::Delete(key_from_json(&about).map_err(wrong)?),
        _ => return Err(allowed()),
    };
    known(&change.key().kind).map_err(|why| (format!(".{verb}.type"), why))?;
    Ok(change)
}

fn one_field(map: Map<String, Value>) -> Option<(String, Value)> {
    let mut fields = map.into_iter();
    let one = fields.next()?;
    fields.next().is_none().then_some(one)
}

/// Other kinds come from peers, and are passed on; here they are mistakes.
fn known(kind: &Kind) -> Result<(), String> {
    if kind.facts().is_some() {
        return Ok(());
    }
    Err(kind.nearest().map_or_else(
        || format!("no kind of resource is called `{kind}`"),
        |nearest| format!("no kind of resource is called `{kind}`; is {nearest} meant?"),
    ))
}
