//! Finding and reading scenario files.
use std::path::{Path, PathBuf};
use strait_scenarios::{
    language::{self, Mistakes, SabotageFile},
    scenario::Scenario,
};

/// The files below some paths.
pub(super) struct Found {
    pub(super) scenarios: Vec<PathBuf>,
    pub(super) sabotages: Vec<PathBuf>,
}

/// All files that were named, or stand in a folder that was named, in order.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, String> {
    let mut found = Found { scenarios: Vec::new(), sabotages: Vec::new() };
    for path in paths {
        if path.is_dir() {
            let entries = path.read_dir().map_err(|error| format!("error: {} cannot be read: {error}", path.display()))?;
            let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|file| is_yaml(file)).collect();
            files.sort();
            files.into_iter().for_each(|file| found.take(file));
        } else if path.is_file() {
            found.take(path.clone());
        } else {
            return Err(format!("error: there is no file or folder {}", path.display()));
        }
    }
    if found.scenarios.is_empty() && found.sabotages.is_empty() {
        let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(format!("error: there is no scenario in {}", paths.join(", ")));
    }
    Ok(found)
}

impl Found {
    fn take(&mut self, file: PathBuf) {
        let sabotage = file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".sabotage.yaml"));
        if sabotage { &mut self.sabotages } else { &mut self.scenarios }.push(file);
    }
}

fn is_yaml(file: &Path) -> bool {
    file.is_file() && file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Reads scenarios. All mistakes of all files are told.
pub(super) fn load(files: &[PathBuf]) -> Result<Vec<Scenario>, String> {
    all(files, language::load)
}

/// Reads sabotages. All mistakes of all files are told.
pub(super) fn load_sabotages(files: &[PathBuf]) -> Result<Vec<SabotageFile>, String> {
    all(files, language::load_sabotage)
}

fn all<T>(files: &[PathBuf], read: impl Fn(&Path) -> Result<T, Mistakes>) -> Result<Vec<T>, String> {
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for file in files {
        match read(file) {
            Ok(read) => right.push(read),
            Err(mistakes) => wrong.push(mistakes.to_string()),
        }
    }
    if wrong.is_empty() { Ok(right) } else { Err(wrong.join("\n")) }
}
