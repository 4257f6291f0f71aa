//! What a file held before all that was not synced, so that a loss of power can be had without one.
//!
//! The kernel keeps what a killed process wrote; a disk without power does not. Before a write the old content of its sectors goes into
//! a file beside, which a sync empties. [`lose_power`] puts any choice of those sectors back: a disk may have written each of them by then, or not.
use redb::StorageBackend;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

/// What a disk writes whole or not at all, in bytes.
const SECTOR: u64 = 512;

/// What is remembered of one file.
#[derive(Debug)]
pub(super) struct Undo {
    beside: File,
    /// The sectors that are remembered already: only what was synced counts.
    remembered: BTreeSet<u64>,
    len: Option<u64>,
}

impl Undo {
    /// Goes on with what is remembered beside a file.
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        let beside = OpenOptions::new().read(true).append(true).create(true).open(beside(path))?;
        let (old, len) = read(&beside)?;
        Ok(Self { beside, remembered: old.into_keys().collect(), len })
    }

    pub(super) fn before_write(&mut self, file: &impl StorageBackend, at: u64, bytes: usize) -> io::Result<()> {
        let len = file.len()?;
        let (first, end) = (at / SECTOR, (at + bytes as u64).div_ceil(SECTOR));
        for sector in first..end {
            self.remember(file, sector, len)?;
        }
        self.remember_len(len)
    }

    pub(super) fn before_resize(&mut self, file: &impl StorageBackend, to: u64) -> io::Result<()> {
        let len = file.len()?;
        for sector in to / SECTOR..len.div_ceil(SECTOR) {
            self.remember(file, sector, len)?;
        }
        self.remember_len(len)
    }

    pub(super) fn synced(&mut self) -> io::Result<()> {
        self.remembered.clear();
        self.len = None;
        self.beside.set_len(0)
    }

    fn remember(&mut self, file: &impl StorageBackend, sector: u64, len: u64) -> io::Result<()> {
        if self.remembered.contains(&sector) {
            return Ok(());
        }
        let mut old = [0; SECTOR as usize];
        let there = usize::try_from(len.saturating_sub(sector * SECTOR).min(SECTOR)).unwrap_or_default();
        if there > 0 {
            file.read(sector * SECTOR, &mut old[..there])?;
        }
        let mut record = sector.to_le_bytes().to_vec();
        record.extend_from_slice(&old);
        self.beside.write_all(&record)?;
        self.remembered.insert(sector);
        Ok(())
    }

    fn remember_len(&mut self, len: u64) -> io::Result<()> {
        if self.len.is_none() {
            let mut record = u64::MAX.to_le_bytes().to_vec();
            record.extend_from_slice(&len.to_le_bytes());
            record.resize(8 + SECTOR as usize, 0);
            self.beside.write_all(&record)?;
            self.len = Some(len);
        }
        Ok(())
    }
}

/// What a loss of power leaves in a file whose process is gone: of each sector that was not synced, `is_lost` says whether the disk still has the
/// old one; asked last about the file's length.
///
/// # Errors
/// The file, or what is remembered of it, cannot be read or written.
pub fn lose_power(path: &Path, mut is_lost: impl FnMut() -> bool) -> io::Result<()> {
    let remembered = match File::open(beside(path)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let (old, len) = read(&remembered)?;
    let file = OpenOptions::new().write(true).open(path)?;
    for (sector, content) in old {
        if is_lost() {
            file.write_all_at(&content, sector * SECTOR)?;
        }
    }
    if let Some(len) = len.filter(|_| is_lost()) {
        file.set_len(len)?;
    }
    fs::remove_file(beside(path))
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("undo")
}

type Remembered = (BTreeMap<u64, [u8; SECTOR as usize]>, Option<u64>);

/// Everything that is remembered. A last record that is not whole belongs to a write that never came.
fn read(mut beside: &File) -> io::Result<Remembered> {
    let (mut sectors, mut len, mut bytes) = (BTreeMap::new(), None, Vec::new());
    beside.seek(SeekFrom::Start(0))?;
    beside.read_to_end(&mut bytes)?;
    for record in bytes.chunks_exact(8 + SECTOR as usize) {
        let (sector, content) = record.split_at(8);
        let sector = u64::from_le_bytes(sector.try_into().unwrap_or_default());
        let content: [u8; SECTOR as usize] = content.try_into().unwrap_or([0; SECTOR as usize]);
        if sector == u64::MAX {
            len = len.or(Some(u64::from_le_bytes(content[..8].try_into().unwrap_or_default())));
        } else {
            sectors.entry(sector).or_insert(content);
        }
    }
    Ok((sectors, len))
}
