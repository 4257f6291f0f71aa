//! Restoring: all that a backup holds stands in the data directory afterwards, or nothing of it.
use super::Backup;
use crate::{
    process::{DataDir, DataDirError, Examined, Role, RoleError, StartError, examine},
    store::write_at_rest,
};
use std::path::PathBuf;

/// What to do with a store that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Leave it, and restore nothing.
    Nothing,
    /// Keep it aside, and take its place.
    WhatIsThere,
}

/// How a restore went.
#[derive(Debug)]
pub struct Restored {
    /// What stands there now.
    pub now: Examined,
    /// Where what was there before is kept.
    pub before: Option<PathBuf>,
}

/// Nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is a store.
    #[error("the data directory {0} holds a store already; `--replace` puts the backup in its place, and keeps what is there aside")]
    Occupied(String),
    /// It is another control plane's.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The directory cannot be used.
    #[error(transparent)]
    Directory(#[from] DataDirError),
    /// A control plane would not start from it.
    #[error("no control plane would start from this backup: {0}")]
    Unusable(StartError),
}

/// Puts a backup into a data directory that no process uses. It is written beside what is there and verified first.
///
/// # Errors
/// Nothing was restored; what is there is left as it is.
pub fn restore(backup: &Backup, directory: &DataDir, over: Over) -> Result<Restored, RestoreError> {
    if let Some(found) = Role::of(directory)?.filter(|found| *found != backup.role) {
        return Err(RoleError::Other { found: found.to_string(), wanted: backup.role.clone() }.into());
    }
    if over == Over::Nothing && directory.store().exists() {
        return Err(RestoreError::Occupied(directory.path().display().to_string()));
    }
    let prepared = directory.prepare()?;
    write_at_rest(&prepared.store(), &backup.records).map_err(|error| RestoreError::Unusable(error.into()))?;
    for (name, text) in &backup.files {
        prepared.write(name, text)?;
    }
    backup.role.claim(&prepared)?;
    let now = examine(&backup.role, &prepared.store()).map_err(RestoreError::Unusable)?;
    let before = directory.replace()?;
    Ok(Restored { now, before })
}
