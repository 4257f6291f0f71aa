//! A folder of Kuma resources: a user's own, which are written on global.
use super::{Check, Node, read_text, resources::check_one};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use strait_core::resource::{Key, Resource, from_yaml};

/// What files with resources are called.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// More than this is no folder of resources.
const MOST_FILES: usize = 1000;
/// With more no case would get anywhere.
const MOST_RESOURCES: usize = 5000;
/// All files together, in bytes.
const MOST_BYTES: usize = 16 << 20;

/// The resources of all files of a folder, in the order of their names. Meshes among them are known from then on.
///
/// # Errors
/// What is wrong, each with its file and its field.
pub(super) fn read(folder: &Path, check: &mut Check) -> Result<Vec<Resource>, Vec<String>> {
    let files = files(folder).map_err(|why| vec![why])?;
    let (mut found, mut wrong, mut bytes) = (Vec::new(), Vec::new(), 0);
    for file in &files {
        let parsed = read_text(file).map_err(|error| error.to_string()).and_then(|text| {
            bytes += text.len();
            from_yaml(&text).map_err(|error| error.to_string())
        });
        match parsed {
            Ok(resources) => found.extend(resources.into_iter().map(|resource| (file, resource))),
            Err(why) => wrong.push(format!("{}: {why}", file.display())),
        }
        if bytes > MOST_BYTES || found.len() > MOST_RESOURCES {
            let most = format!("at most {MOST_RESOURCES} resources, of {} MiB in all", MOST_BYTES >> 20);
            return Err(vec![format!("{}: this is more than a case can begin with: {most}", folder.display())]);
        }
    }
    if found.is_empty() && wrong.is_empty() {
        wrong.push(format!("{}: its files hold no resource", folder.display()));
    }
    let meshes = found.iter().filter(|(_, resource)| resource.kind().as_str() == "Mesh");
    check.meshes.extend(meshes.map(|(_, mesh)| mesh.key.name.to_string()));
    let (nowhere, before) = (Node::from_json(&Value::Null), std::mem::take(&mut check.mistakes));
    let mut seen: BTreeMap<&Key, &PathBuf> = BTreeMap::new();
    for (file, resource) in &found {
        check_one(resource, &nowhere, check);
        let mistakes = check.mistakes.drain(..).map(|mistake| [mistake.message, mistake.help]);
        let said = mistakes.map(|said| said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; "));
        wrong.extend(said.map(|said| format!("{}: {said}", file.display())));
        if let Some(other) = seen.insert(&resource.key, file) {
            wrong.push(format!("{}: {} stands in {}, too", file.display(), resource.key, other.display()));
        }
    }
    check.mistakes = before;
    if wrong.is_empty() { Ok(found.into_iter().map(|(_, resource)| resource).collect()) } else { Err(wrong) }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error| format!("{}: this folder cannot be read: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let is_one = path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        if is_one && path.is_file() {
            files.push(path);
        }
        if files.len() > MOST_FILES {
            return Err(format!("{}: these are more than {MOST_FILES} files", folder.display()));
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("{}: there is no file with resources in it: `.yaml`, `.yml` or `.json`", folder.display()));
    }
    Ok(files)
}
