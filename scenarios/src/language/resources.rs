//! Kuma resources inside a scenario: from files, or inline.
use super::{
    Check, Fields, Node,
    tree::{Content, Place},
};
use crate::{event::NodeId, scenario::Placed};
use std::collections::BTreeSet;
use strait_core::resource::{self, Key, MeshName, ParseError, Resource, ResourceName, Scope, model};

/// Whether resources must be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strict {
    /// They must be what a control plane accepts.
    Yes,
    /// They are meant to be refused by a control plane.
    No,
}

/// `resources`: written before the first step.
pub(super) fn placed(items: &[&Node], check: &mut Check) -> Vec<Placed> {
    let (mut placed, mut seen) = (Vec::new(), BTreeSet::new());
    for item in items {
        let Some(fields) = check.fields(item, "an entry of `resources`", &["at", "file", "inline"]) else {
            continue;
        };
        let at = fields.get("at").map_or(Some(NodeId::Global), |at| check.control_plane(at));
        let (Some(at), Some(resources)) = (at, read(&fields, check, Strict::Yes)) else {
            continue;
        };
        for resource in resources {
            if !seen.insert((at.clone(), resource.key.clone())) {
                check.mistake(item.place, format!("{} is written twice at {at}", resource.key), "every resource has a name of its own");
            }
            placed.push(Placed { at: at.clone(), resource });
        }
    }
    placed
}

/// The resources of `file` or `inline`.
pub(crate) fn read(fields: &Fields<'_>, check: &mut Check, strict: Strict) -> Option<Vec<Resource>> {
    let (node, parsed) = match (fields.get("file"), fields.get("inline")) {
        (Some(file), None) => (file, from_file(file, check)?),
        (None, Some(inline)) => (inline, from_inline(inline, check)?),
        (Some(_), Some(inline)) => {
            check.mistake(inline.place, "`file` and `inline` exclude each other", "");
            return None;
        }
        (None, None) => {
            check.mistake(fields.place(), "resources are needed: `file` or `inline`", "");
            return None;
        }
    };
    let mistakes = check.mistakes.len();
    for resource in &parsed {
        if resource.kind().as_str() == "Mesh" {
            check.meshes.insert(resource.key.name.to_string());
        }
    }
    if strict == Strict::Yes {
        for resource in &parsed {
            check_one(resource, node, check);
        }
    }
    (check.mistakes.len() == mistakes).then_some(parsed)
}

/// What `kind`, `mesh` and `name` name. The mesh of a kind that needs one is `default` where none is given, as for Kuma.
pub(crate) fn key(fields: &Fields<'_>, check: &mut Check) -> Option<Key> {
    let kind = fields.need(check, "kind").and_then(|kind| check.kind(kind));
    let name = fields.need(check, "name").and_then(|name| check.resource_name(name));
    let scope = kind.as_ref().and_then(|kind| kind.facts()).map(|facts| facts.scope);
    let mesh = match (fields.get("mesh"), scope) {
        (Some(mesh), Some(Scope::Global)) => {
            check.mistake(mesh.place, "this kind belongs to no mesh", "leave `mesh` out");
            return None;
        }
        (Some(mesh), _) => Some(check.mesh(mesh)?),
        (None, Some(Scope::Mesh)) => MeshName::new("default").ok(),
        (None, _) => None,
    };
    Some(Key { kind: kind?, mesh, name: name? })
}

/// The mesh that `mesh` names; `default`, where none is named. `None`: a mistake was noted.
pub(crate) fn mesh_or_default(fields: &Fields<'_>, check: &mut Check) -> Option<MeshName> {
    let Some(mesh) = fields.get("mesh") else {
        if !check.meshes.contains("default") {
            let names: Vec<&str> = check.meshes.iter().map(String::as_str).collect();
            let help = format!("name one: `mesh: NAME`; {}", super::check::did_you_mean("default", &names));
            check.mistake(fields.place(), "there is no mesh `default`", help);
            return None;
        }
        return MeshName::new("default").ok();
    };
    check.mesh(mesh)
}

fn from_file(node: &Node, check: &mut Check) -> Option<Vec<Resource>> {
    let (path, text) = check.file(node)?;
    match resource::from_yaml(&text) {
        Ok(resources) => Some(resources),
        Err(error) => {
            check.mistake(node.place, format!("{}: {error}", path.display()), "");
            None
        }
    }
}

fn from_inline(node: &Node, check: &mut Check) -> Option<Vec<Resource>> {
    let parsed = match &node.content {
        Content::Map(_) => resource::from_json(&node.to_json()).map(|resource| vec![resource]),
        Content::Scalar { text, .. } if !node.is_empty() => resource::from_yaml(text),
        _ => {
            check.mistake(node.place, format!("a resource is Kuma YAML, as a text or as a map, not {}", node.what()), "");
            return None;
        }
    };
    match parsed {
        Ok(resources) => Some(resources),
        Err(error) => {
            let place = place_of(&error, node);
            let message = if error.field.is_empty() { error.message } else { format!("{}: {}", error.field, error.message) };
            check.mistake(place, message, "");
            None
        }
    }
}

/// Where a resource that was written inline is wrong: for a block of text, a line below it.
fn place_of(error: &ParseError, node: &Node) -> Place {
    match (&node.content, error.line) {
        (Content::Scalar { plain: false, text }, Some(line)) if text.contains('\n') => {
            // The place of a block is that of its first line.
            Place { line: node.place.line + line - 1, length: usize::MAX, ..node.place }
        }
        _ => node.deepest(&error.field).place,
    }
}

/// What a control plane would refuse.
pub(super) fn check_one(resource: &Resource, node: &Node, check: &mut Check) {
    let name = |name: &ResourceName| name.to_string();
    if resource.kind().facts().is_none() {
        let help = resource.kind().nearest().map_or_else(String::new, |nearest| format!("did you mean `{nearest}`?"));
        check.mistake(node.deepest("type").place, format!("{}: there is no kind `{}`", name(&resource.key.name), resource.kind()), help);
        return;
    }
    if let Some(mesh) = resource.mesh()
        && !check.meshes.contains(mesh.as_str())
    {
        let meshes: Vec<&str> = check.meshes.iter().map(String::as_str).collect();
        let help = super::check::did_you_mean(mesh.as_str(), &meshes);
        check.mistake(node.deepest("mesh").place, format!("{}: mesh `{mesh}` does not exist", resource.key), help);
    }
    for (path, message) in model::validate(resource) {
        check.mistake(node.deepest(&path).place, format!("{}: {path}: {message}", resource.key), "");
    }
}
