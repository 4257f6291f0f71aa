//! Reading a backup: whole and unaltered, or not at all.
use super::{Backup, FORMAT, KEPT, write::hexadecimal};
use crate::process::Role;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read as _},
};
use strait_core::{Durable, StoreKey};

/// No line of a backup is longer, in bytes: a record holds one resource, of at most 4 MiB.
const LONGEST_LINE: u64 = 64 << 20;

/// A file is no backup, or not as it was written.
#[derive(Debug, thiserror::Error)]
pub enum BadBackup {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("it is not a backup, as `strait backup` writes them")]
    Other,
    /// A later version wrote it.
    #[error("it has format {0}, which a later version wrote: this one reads {FORMAT}")]
    Later(u32),
    /// It ends too early.
    #[error("it was cut off after line {0}")]
    Cut(u64),
    /// It was altered.
    #[error("it was altered or damaged: {0}")]
    Altered(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    strait: String,
    format: u32,
    of: String,
    #[serde(rename = "version")]
    _version: String,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Record { record: StoreKey, value: String },
    File { file: String, text: String },
    Last { lines: u64, sha256: String },
}

/// Reads it.
///
/// # Errors
/// Says what is wrong with it.
pub fn read(mut from: impl BufRead) -> Result<Backup, BadBackup> {
    let (mut hash, mut lines) = (Sha256::new(), 0);
    let first = next(&mut from)?.ok_or(BadBackup::Other)?;
    let said: First = serde_json::from_slice(&first).map_err(|_| BadBackup::Other)?;
    if said.strait != "backup" {
        return Err(BadBackup::Other);
    }
    if said.format != FORMAT {
        return Err(BadBackup::Later(said.format));
    }
    let role: Role = said.of.parse().map_err(BadBackup::Altered)?;
    let mut backup = Backup { role, records: Durable::new(), files: BTreeMap::new() };
    let mut line = first;
    loop {
        hash.update(&line);
        lines += 1;
        line = next(&mut from)?.ok_or(BadBackup::Cut(lines))?;
        let altered = |why: &dyn std::fmt::Display| BadBackup::Altered(format!("line {}: {why}", lines + 1));
        match serde_json::from_slice(&line).map_err(|error| if line.ends_with(b"\n") { altered(&error) } else { BadBackup::Cut(lines) })? {
            Line::Record { record, value } => {
                backup.records.insert(record, STANDARD.decode(value).map_err(|error| altered(&error))?);
            }
            Line::File { file, text } if KEPT.contains(&file.as_str()) => {
                backup.files.insert(file, text);
            }
            Line::File { .. } => return Err(altered(&"a file that does not belong into a backup")),
            Line::Last { lines: written, sha256 } => {
                if written != lines || sha256 != hexadecimal(&hash.finalize()) {
                    return Err(BadBackup::Altered("it is not what was written".to_owned()));
                }
                return match next(&mut from)? {
                    None => Ok(backup),
                    Some(_) => Err(BadBackup::Altered("more stands after its end".to_owned())),
                };
            }
        }
    }
}

fn next(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = from.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    Ok((read > 0).then_some(line))
}
