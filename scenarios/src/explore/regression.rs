//! The file of a failure that exploration found: a scenario, with a few lines before it that say where it comes from.
use super::{case::Case, run::Explored};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};
use strait_core::Seed;

/// The format of regression files. It changes when what older ones say would be run differently.
pub const FORMAT: u32 = 1;
const FORMAT_LINE: &str = "# strait regression, format ";
const SEED_LINE: &str = "# seed: ";

/// Where a failure was found.
pub(super) struct Origin<'a> {
    /// The command that found it.
    pub(super) command: String,
    /// By which version of this program.
    pub(super) version: &'a str,
    /// In which world.
    pub(super) world: String,
    /// Which wrong behaviour was injected.
    pub(super) sabotage: Option<&'a str>,
    /// What alone was judged.
    pub(super) judged: Option<&'a BTreeSet<String>>,
}

/// Writes the next file of a folder. Returns its path.
///
/// # Errors
/// The folder cannot be read or written.
pub(super) fn write(folder: &Path, case: &Case, explored: &Explored, origin: &Origin<'_>) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let Some(failure) = explored.report.failure() else {
        return Err(io::Error::other("the case did not fail"));
    };
    let name = format!("{:04}-{}-{}", next_number(folder)?, slug(&failure.id), slug(&failure.slug));
    let path = folder.join(format!("{name}.yaml"));
    let sabotage = origin.sabotage.map_or_else(String::new, |name| format!(" --sabotage {name}"));
    let judged =
        origin.judged.map_or_else(String::new, |ids| format!(" --judge {}", ids.iter().map(String::as_str).collect::<Vec<_>>().join(",")));
    let why = format!("Exploration found that this breaks {} {}.", failure.id, failure.slug);
    let header = format!(
        "{FORMAT_LINE}{FORMAT}\n# found by: {}, strait {}\n# broken: {} {}: {}: {}\n{SEED_LINE}{}\n# replay: strait scenario run {} --on {} --seed {}{sabotage}{judged}\n",
        origin.command,
        origin.version,
        failure.id,
        failure.slug,
        failure.node,
        failure.what.replace('\n', " "),
        case.seed,
        path.display(),
        origin.world,
        case.seed,
    );
    fs::write(&path, header + &explored.written(&name, &why))?;
    Ok(path)
}

/// What is wrong with the format of a regression file, and what to do; `None`: it can be run, or is no regression file.
pub fn format_mistake(text: &str) -> Option<(String, String)> {
    let said = text.lines().next()?.strip_prefix(FORMAT_LINE)?;
    if said.trim() == FORMAT.to_string() {
        return None;
    }
    let message = format!("this regression has format {}, this program runs format {FORMAT}", said.trim());
    let help =
        "run it with the version of strait that is named in its second line, or read its steps, write them anew and remove this line";
    Some((message, help.to_owned()))
}

/// The seed that a regression file names; `None`: it names none.
pub fn seed_of(text: &str) -> Option<Seed> {
    let said = text.lines().take_while(|line| line.starts_with('#')).find_map(|line| line.strip_prefix(SEED_LINE))?;
    u64::from_str_radix(said.trim().strip_prefix("0x")?, 16).ok().map(Seed)
}

fn next_number(folder: &Path) -> io::Result<u32> {
    let mut last = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_string_lossy().split('-').next().and_then(|number| number.parse::<u32>().ok());
        last = last.max(number.unwrap_or_default());
    }
    Ok(last + 1)
}

fn slug(text: &str) -> String {
    let text: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }).collect();
    text.trim_matches('-').to_owned()
}
