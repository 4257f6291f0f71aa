//! `strait policy resolve`: policies in files, as they would hold for a proxy.
use super::table;
use crate::{
    command::{PolicyOutput, PolicyResolveArguments},
    console::{complain, say},
    resource_files::{Written, read},
};
use serde_json::json;
use std::{collections::BTreeMap, process::ExitCode, sync::Arc};
use strait_core::{
    policy::{KINDS, PolicyIndex, PolicyKind, Resolved},
    resource::{Key, Kind, MeshName, Resource, model::validate},
};
use strait_shell::api::path_of;

pub(super) fn resolve(arguments: &PolicyResolveArguments) -> Result<ExitCode, String> {
    let kinds = match &arguments.kind {
        Some(kind) => vec![kind_of(kind)?],
        None => KINDS.to_vec(),
    };
    let written = read(&arguments.resources)?;
    let resources = each_once(&written)?;
    let mut index = PolicyIndex::new();
    index.apply(resources.iter().map(|(key, resource)| (key, Some(resource))));
    refuse_wrong(&written, &index)?;
    let (mesh, dataplane) = (&arguments.mesh, &arguments.dataplane);
    let of_kind = |kind| {
        if arguments.with_shadows { index.resolve_with_shadows(mesh, dataplane, kind) } else { index.resolve(mesh, dataplane, kind) }
    };
    let found: Option<Vec<Resolved>> = kinds.into_iter().map(of_kind).collect();
    let found = found.ok_or_else(|| absent(arguments, &resources))?;
    if !resources.keys().any(|key| key.kind == Kind::mesh() && key.name.as_str() == mesh.as_str()) {
        complain(&format!("there is no Mesh {mesh} in these files: items for the whole mesh are in no effect\n"));
    }
    match arguments.output {
        PolicyOutput::Table => say(&table::table(mesh, dataplane, &found)),
        PolicyOutput::Json => say(&json_of(mesh, arguments, &found)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// Of one kind what it comes to; of all a list of that.
fn json_of(mesh: &MeshName, arguments: &PolicyResolveArguments, found: &[Resolved]) -> Result<String, String> {
    let shown = match (found, &arguments.kind) {
        ([one], Some(_)) => serde_json::to_string_pretty(one),
        _ => serde_json::to_string_pretty(&json!({"mesh": mesh, "dataplane": arguments.dataplane, "kinds": found})),
    };
    shown.map(|text| text + "\n").map_err(|error| error.to_string())
}

fn kind_of(text: &str) -> Result<&'static PolicyKind, String> {
    let path = |kind: &PolicyKind| Kind::new(kind.name).map(|kind| path_of(&kind)).unwrap_or_default();
    let is_it = |kind: &PolicyKind| kind.name.eq_ignore_ascii_case(text) || path(kind) == text.to_ascii_lowercase();
    KINDS.iter().copied().find(|kind| is_it(kind)).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        format!("policies of the kind `{text}` are not resolved; there are {}", known.join(", "))
    })
}

fn each_once(written: &[Written]) -> Result<BTreeMap<Key, Arc<Resource>>, String> {
    let mut files: BTreeMap<&Key, &str> = BTreeMap::new();
    for one in written {
        if let Some(before) = files.insert(&one.resource.key, &one.file) {
            let where_else = if before == one.file { "twice here".to_owned() } else { format!("also in {before}") };
            return Err(one.wrong("", &format!("it stands {where_else}")));
        }
    }
    Ok(written.iter().map(|one| (one.resource.key.clone(), Arc::new(one.resource.clone()))).collect())
}

/// Everything that a control plane would refuse, and what could not be read.
pub(crate) fn refuse_wrong(written: &[Written], index: &PolicyIndex) -> Result<(), String> {
    let mut wrong = Vec::new();
    for one in written {
        let mut found = validate(&one.resource);
        if found.is_empty() {
            found.extend(index.unreadable().get(&one.resource.key).into_iter().flatten().cloned());
        }
        wrong.extend(found.iter().map(|(field, why)| one.wrong(field, why)));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn absent(arguments: &PolicyResolveArguments, resources: &BTreeMap<Key, Arc<Resource>>) -> String {
    let proxies = resources.keys().filter(|key| key.kind == Kind::dataplane() && key.mesh.as_ref() == Some(&arguments.mesh));
    let there: Vec<&str> = proxies.map(|key| key.name.as_str()).take(10).collect();
    let hint = if there.is_empty() { "there is none".to_owned() } else { format!("there is {}", there.join(", ")) };
    format!("there is no Dataplane {} in the mesh {} in these files; {hint}", arguments.dataplane, arguments.mesh)
}
