//! Whose data directory it is: a zone must not start from global's, nor from another zone's.
use super::{DataDir, DataDirError};
use std::{fmt, str::FromStr};
use strait_core::resource::ZoneName;

const FILE: &str = "role";

/// Which control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A global.
    Global,
    /// A zone, by name.
    Zone(ZoneName),
}

/// A data directory is not what is asked for.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// It is another control plane's.
    #[error("this is the data directory of {found}, not of {wanted}: name another with `--data-dir`")]
    Other {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        wanted: Role,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    Directory(#[from] DataDirError),
}

impl Role {
    /// Whose directory this is; `None`: nobody's yet.
    ///
    /// # Errors
    /// It cannot be read; or what stands there names nobody.
    pub fn of(directory: &DataDir) -> Result<Option<Self>, DataDirError> {
        let Some(text) = directory.read(FILE)? else {
            return Ok(None);
        };
        let unreadable = |why: String| directory.unusable(FILE, &format!("it must say `global` or `zone NAME`: {why}"));
        text.parse().map(Some).map_err(unreadable)
    }

    /// Notes it in a new directory; in one that is used already it must be the same.
    ///
    /// # Errors
    /// It is another's, or cannot be used.
    pub fn claim(&self, directory: &DataDir) -> Result<(), RoleError> {
        match directory.read(FILE)? {
            None => Ok(directory.write(FILE, &format!("{self}\n"))?),
            Some(found) if found.trim() == self.to_string() => Ok(()),
            Some(found) => Err(RoleError::Other { found: found.trim().to_owned(), wanted: self.clone() }),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Zone(zone) => write!(f, "zone {zone}"),
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().split_once(' ') {
            None if text.trim() == "global" => Ok(Self::Global),
            Some(("zone", name)) => ZoneName::new(name).map(Self::Zone).map_err(|error| error.to_string()),
            _ => Err(format!("and not `{}`", text.trim().chars().take(40).collect::<String>())),
        }
    }
}
