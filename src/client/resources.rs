//! `strait get` and `strait delete`.
use super::api::Client;
use crate::{
    command::{DeleteArguments, GetArguments, GetOutput},
    console::say,
};
use serde_json::Value;
use std::process::ExitCode;
use strait_core::resource::{KNOWN_KINDS, Kind, Scope, from_json, to_yaml};
use strait_shell::api::path_of;

pub(super) fn get(arguments: &GetArguments) -> Result<ExitCode, String> {
    let client = Client::at(&arguments.api.api);
    let kind = kind(&arguments.kind)?;
    if let Some(name) = &arguments.name {
        let found = client.get(&one(&kind, arguments.mesh.as_deref(), name))?;
        say(&shown(&found, arguments.output)?);
        return Ok(ExitCode::SUCCESS);
    }
    let items = all(&client, &kind, arguments.mesh.as_deref())?;
    match arguments.output {
        GetOutput::Table => say(&table(&items)),
        GetOutput::Json => say(&format!("{}\n", serde_json::to_string_pretty(&items).map_err(|error| error.to_string())?)),
        GetOutput::Yaml => {
            let documents: Result<Vec<String>, String> = items.iter().map(|item| shown(item, GetOutput::Yaml)).collect();
            say(&documents?.join("---\n"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn delete(arguments: &DeleteArguments) -> Result<ExitCode, String> {
    let kind = kind(&arguments.kind)?;
    Client::at(&arguments.api.api).delete(&one(&kind, arguments.mesh.as_deref(), &arguments.name))?;
    say(&format!("deleted {kind} {}\n", arguments.name));
    Ok(ExitCode::SUCCESS)
}

/// Every page of a list.
fn all(client: &Client, kind: &Kind, mesh: Option<&str>) -> Result<Vec<Value>, String> {
    let base = match mesh.filter(|_| !is_global(kind)) {
        Some(mesh) => format!("/meshes/{mesh}/{}", path_of(kind)),
        None => format!("/{}", path_of(kind)),
    };
    let mut items = Vec::new();
    let mut next = "?size=1000".to_owned();
    loop {
        let mut page = client.get(&format!("{base}{next}"))?;
        if let Some(found) = page["items"].as_array_mut() {
            items.append(found);
        }
        match page["next"].as_str() {
            Some(more) => next = more.to_owned(),
            None => return Ok(items),
        }
    }
}

fn table(items: &[Value]) -> String {
    let text = |item: &Value, field: &str| item[field].as_str().unwrap_or("-").to_owned();
    let rows = items
        .iter()
        .map(|item| [text(item, "mesh"), text(item, "name"), item["labels"]["kuma.io/origin"].as_str().unwrap_or("-").to_owned()]);
    let rows: Vec<[String; 3]> = std::iter::once(["MESH", "NAME", "ORIGIN"].map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (mesh, name) = (width(0), width(1));
    rows.iter().map(|row| format!("{:mesh$}  {:name$}  {}\n", row[0], row[1], row[2])).collect()
}

fn shown(found: &Value, output: GetOutput) -> Result<String, String> {
    match output {
        GetOutput::Json => serde_json::to_string_pretty(found).map(|text| text + "\n").map_err(|error| error.to_string()),
        GetOutput::Yaml | GetOutput::Table => from_json(found).map(|resource| to_yaml(&resource)).map_err(|error| error.to_string()),
    }
}

/// A kind by its name or its path, either in small letters, and the path also without its hyphens: only Kuma's older kinds have some.
fn kind(text: &str) -> Result<Kind, String> {
    let known = || KNOWN_KINDS.iter().filter_map(|facts| Kind::new(facts.name).ok());
    let path = text.to_ascii_lowercase().replace('-', "");
    let is_it = |kind: &Kind| kind.as_str().eq_ignore_ascii_case(text) || path_of(kind).replace('-', "") == path;
    known().find(is_it).ok_or_else(|| {
        let nearest = Kind::new(text).ok().and_then(|kind| kind.nearest());
        nearest.map_or_else(
            || format!("no kind of resource is called `{text}`"),
            |nearest| format!("no kind of resource is called `{text}`; is {nearest} meant?"),
        )
    })
}

fn is_global(kind: &Kind) -> bool {
    kind.facts().is_some_and(|facts| facts.scope == Scope::Global)
}

fn one(kind: &Kind, mesh: Option<&str>, name: &str) -> String {
    if is_global(kind) {
        format!("/{}/{name}", path_of(kind))
    } else {
        format!("/meshes/{}/{}/{name}", mesh.unwrap_or("default"), path_of(kind))
    }
}
