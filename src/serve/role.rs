//! Whose data directory it is: a zone must not start from global's, nor from another zone's.
use super::exit::CannotServe;
use strait_shell::process::DataDir;

const FILE: &str = "role";

/// Notes it in a new directory; in one that is used already it must be the same.
pub(super) fn claim(directory: &DataDir, role: &str) -> Result<(), CannotServe> {
    match directory.read(FILE)? {
        None => Ok(directory.write(FILE, &format!("{role}\n"))?),
        Some(found) if found.trim() == role => Ok(()),
        Some(found) => {
            let found = found.trim();
            Err(CannotServe::Data(format!("this is the data directory of {found}, not of {role}: name another with `--data-dir`")))
        }
    }
}
