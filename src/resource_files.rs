//! Resources that users write in files.
use std::{fs, io::Read as _, path::PathBuf};
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
        let is_input = path.as_os_str() == "-";
        let file = if is_input { "standard input".to_owned() } else { path.display().to_string() };
        let mut text = String::new();
        let read =
            if is_input { std::io::stdin().read_to_string(&mut text).map(drop) } else { fs::read_to_string(path).map(|read| text = read) };
        read.map_err(|error| format!("{file}: {error}"))?;
        let found = from_yaml(&text).map_err(|error| format!("{file}: {error}"))?;
        all.extend(found.into_iter().map(|resource| Written { file: file.clone(), resource }));
    }
    if all.is_empty() {
        return Err("there is no resource in these files".to_owned());
    }
    Ok(all)
}
