//! Resources that users write in files.
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use strait_core::resource::{Resource, from_yaml};

/// A resource, and where it was read.
pub(crate) struct Written {
    pub(crate) file: String,
    pub(crate) resource: Resource,
}

impl Written {
    /// What is wrong with a field of it; empty: with all of it.
    pub(crate) fn wrong(&self, field: &str, why: &str) -> String {
        let place = if field.is_empty() { String::new() } else { format!("{field}: ") };
        format!("{}: {}: {place}{why}", self.file, self.resource.key)
    }
}

/// Reads files of resources in YAML; `-` is standard input.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Written>, String> {
    let mut all = Vec::new();
    for path in paths {
        let (file, text) = text_of(path)?;
        let found = from_yaml(&text).map_err(|error| format!("{file}: {error}"))?;
        all.extend(found.into_iter().map(|resource| Written { file: file.clone(), resource }));
    }
    if all.is_empty() {
        return Err("there is no resource in these files".to_owned());
    }
    Ok(all)
}

/// What a file is called for people, and what stands in it; `-` is standard input.
pub(crate) fn text_of(path: &Path) -> Result<(String, String), String> {
    let is_input = path.as_os_str() == "-";
    let file = if is_input { "standard input".to_owned() } else { path.display().to_string() };
    let read = if is_input { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    let text = read.map_err(|error| format!("{file}: {error}"))?;
    Ok((file, text))
}
