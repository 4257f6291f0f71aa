//! The file beside a suite that says which wrong behaviour it must catch.
use super::{Check, check::did_you_mean, finish, open, tree::Place};
use crate::{invariants::INVARIANTS, language::Mistakes, sabotage::SABOTAGES};
use std::path::{Path, PathBuf};

/// What a suite must catch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SabotageFile {
    /// The wrong behaviour.
    pub sabotage: String,
    /// The invariant that must be broken.
    pub caught_by: String,
    /// A suite that still passes, beside this file.
    pub control: PathBuf,
    /// Why this matters, in a sentence.
    pub why: String,
}

/// Reads such a file.
///
/// # Errors
/// All mistakes, each with its place and what is allowed.
pub fn load_sabotage(path: &Path) -> Result<SabotageFile, Mistakes> {
    let (text, root) = open(path)?;
    let mut check = Check::new(path.parent().map_or_else(PathBuf::new, Path::to_path_buf));
    let Some(root) = root else {
        check.mistake(Place::START, "the file is empty", "");
        return finish(path, text, check, None);
    };
    let read = read(&root, &mut check);
    finish(path, text, check, read)
}

fn read(root: &super::Node, check: &mut Check) -> Option<SabotageFile> {
    let fields = check.fields(root, "a sabotage", &["sabotage", "caught_by", "control", "why"])?;
    let mut text = |field: &str, allowed: &[&str]| {
        let node = fields.need(check, field)?;
        let text = check.text(node, field)?;
        if !allowed.is_empty() && !allowed.contains(&text) {
            check.mistake(node.place, format!("there is no `{text}`"), did_you_mean(text, allowed));
            return None;
        }
        Some((node.place, text.to_owned()))
    };
    let sabotages: Vec<&str> = SABOTAGES.iter().map(|(name, _)| *name).collect();
    let invariants: Vec<&str> = INVARIANTS.iter().map(|(id, _)| *id).collect();
    let sabotage = text("sabotage", &sabotages);
    let caught_by = text("caught_by", &invariants);
    let why = text("why", &[]);
    let (place, control) = text("control", &[])?;
    let control_file = check.folder.join(format!("{control}.yaml"));
    if !control_file.is_file() {
        check.mistake(place, format!("there is no scenario {}", control_file.display()), "");
        return None;
    }
    Some(SabotageFile { sabotage: sabotage?.1, caught_by: caught_by?.1, control: control_file, why: why?.1 })
}
