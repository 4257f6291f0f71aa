//! The file of a store that no process runs from.
use super::records::{Records, cannot_open};
use crate::store::StoreError;
use redb::backends::FileBackend;
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};
use strait_core::{Batch, Durable, Lsn};

/// Reads everything. Each page is verified on the way, and nothing is written, also where a crash left something to mend.
///
/// # Errors
/// There is no such file, it is in use, or not what was written.
pub fn read_at_rest(path: &Path) -> Result<Durable, StoreError> {
    let name = path.display().to_string();
    // To be locked it must be open for writing, too.
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(|error| unreadable(&name, &error))?;
    let (_, durable) = Records::open(&name, backend(&name, file)?)?;
    Ok(durable)
}

/// Writes a new file that holds this, and waits until it is durable.
///
/// # Errors
/// There is such a file already, or it cannot be written.
pub fn write_at_rest(path: &Path, durable: &Durable) -> Result<(), StoreError> {
    let name = path.display().to_string();
    let file =
        OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path).map_err(|error| unreadable(&name, &error))?;
    let again = file.try_clone().map_err(|error| unreadable(&name, &error))?;
    let (records, _) = Records::open(&name, backend(&name, file)?)?;
    let put = durable.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    records
        .commit(&[Batch { lsn: Lsn(1), put, delete: Vec::new() }])
        .map_err(|failure| StoreError::Io { name: name.clone(), why: failure.to_string() })?;
    drop(records);
    // Closing notes in the file that nothing is to be mended.
    again.sync_all().map_err(|error| unreadable(&name, &error))
}

fn backend(name: &str, file: File) -> Result<FileBackend, StoreError> {
    FileBackend::new(file).map_err(|error| cannot_open(name, error))
}

fn unreadable(name: &str, error: &io::Error) -> StoreError {
    StoreError::Io { name: name.to_owned(), why: error.to_string() }
}
