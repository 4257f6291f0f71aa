//! A copy of what a control plane keeps, in one file: for another machine, or for the day on which the disk is gone.
//!
//! It is what the data directory holds: the records of the store as they were at one moment, whose they are, and the keys that lie beside it: of
//! the certificate authority that a control plane made for itself, since those who come trust no other; and of a zone the one by which its store
//! holds the keys of its meshes' authorities, without which all its proxies would have to learn to trust new ones. So whoever has a backup can be
//! this control plane.
//!
//! A copy is marked: its history ends before the one that zones may know. A global that is started from it answers no plain Kuma zone until
//! an operator adopts, and a Strait zone that holds more freezes until then.
mod read;
mod restore;
mod source;
mod write;

pub use read::{BadBackup, read};
pub use restore::{Over, RestoreError, Restored, restore};
pub use source::{NoCopy, Source};
pub use write::Lines;

use crate::{
    identity::SEALING_KEY,
    process::{DataDir, DataDirError, Role, StartError},
    store::read_at_rest,
};
use std::collections::BTreeMap;
use strait_core::{Durable, node::mark_backup};

/// The format of the file.
const FORMAT: u32 = 1;

/// Files of the data directory that belong into a backup, beside the store: the authority that zones or proxies trust, its key, and the key that
/// seals others.
const KEPT: [&str; 3] = ["ca.pem", "ca.key", SEALING_KEY];

/// What is in a backup. It holds keys, so that it is not to be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Backup {
    /// Whose it is.
    pub role: Role,
    /// The records of its store, marked as a copy.
    pub records: Durable,
    /// Files of its data directory, by name.
    pub files: BTreeMap<String, String>,
}

/// What a data directory holds cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The directory cannot be read.
    #[error(transparent)]
    Directory(#[from] DataDirError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StartError),
    /// Nothing was ever kept there.
    #[error("the data directory {0} holds nothing yet")]
    Empty(String),
}

impl Backup {
    /// Of these records, and of what the directory holds beside the store.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn of(role: Role, mut records: Durable, directory: &DataDir) -> Result<Self, DataDirError> {
        mark_backup(&mut records);
        let mut files = BTreeMap::new();
        for name in KEPT {
            if let Some(text) = directory.read(name)? {
                files.insert(name.to_owned(), text);
            }
        }
        Ok(Self { role, records, files })
    }

    /// The files in it that are keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|name| name.ends_with(".key"))
    }

    /// Of a directory that no process uses.
    ///
    /// # Errors
    /// It cannot be read, is empty, or its store is damaged.
    pub fn at_rest(directory: &DataDir) -> Result<Self, CopyError> {
        let role = Role::of(directory)?.filter(|_| directory.store().exists());
        let role = role.ok_or_else(|| CopyError::Empty(directory.path().display().to_string()))?;
        let records = read_at_rest(&directory.store()).map_err(StartError::from)?;
        Ok(Self::of(role, records, directory)?)
    }
}
