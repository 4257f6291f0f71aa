//! What stands between redb and the disk, and keeps two promises that redb does not make.
//!
//! * Opening writes nothing: redb marks a database as open and mends what a crash left. That is set aside, and goes to the disk before the
//!   first commit, in the order in which redb said it. So a damaged file is left as it is, and a full disk can be read.
//! * After a write or a sync that failed nothing is written any more: what a disk holds then is not known.
use super::counts::Counts;
use redb::{BackendError, StorageBackend};
use std::{
    io,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A disk behind that care. Clones are the same.
#[derive(Debug)]
pub(super) struct Careful<B>(Arc<Inner<B>>);

#[derive(Debug)]
struct Inner<B> {
    disk: B,
    mode: Mutex<Mode>,
    counts: Arc<Counts>,
}

#[derive(Debug)]
enum Mode {
    /// What is written is set aside. The length is what it would be by now.
    Opening { aside: Vec<Aside>, len: u64 },
    /// What is written is written.
    Open,
    /// Nothing is written any more.
    Failed,
}

/// Something that redb said while opening.
#[derive(Debug)]
enum Aside {
    Write { at: u64, bytes: Vec<u8> },
    Len(u64),
    Sync,
}

impl<B> Clone for Careful<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B: StorageBackend> Careful<B> {
    /// Begins with opening.
    pub(super) fn new(disk: B) -> io::Result<Self> {
        let len = disk.len()?;
        let (aside, len) = if is_unborn(&disk, len)? { (vec![Aside::Len(0)], 0) } else { (Vec::new(), len) };
        Ok(Self(Arc::new(Inner { disk, mode: Mutex::new(Mode::Opening { aside, len }), counts: Arc::default() })))
    }

    /// From here on what is written is written, and first what was set aside.
    pub(super) fn settle(&self) -> io::Result<()> {
        let mut mode = self.mode();
        if let Mode::Opening { aside, .. } = &mut *mode {
            let aside = std::mem::take(aside);
            let settled = aside.iter().try_for_each(|aside| match aside {
                Aside::Write { at, bytes } => self.0.disk.write(*at, bytes),
                Aside::Len(len) => self.0.disk.set_len(*len),
                Aside::Sync => self.sync(),
            });
            *mode = if settled.is_ok() { Mode::Open } else { Mode::Failed };
            settled?;
        }
        Ok(())
    }

    /// What is counted.
    pub(super) fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.0.counts)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.counts.synced();
        self.0.disk.sync_data()
    }

    fn mode(&self) -> MutexGuard<'_, Mode> {
        self.0.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes, or sets aside, or refuses.
    fn alter(&self, aside: impl FnOnce() -> Aside, through: impl FnOnce(&B) -> io::Result<()>) -> io::Result<()> {
        let mut mode = self.mode();
        match &mut *mode {
            Mode::Failed => return Err(io::Error::other("an earlier write failed")),
            Mode::Opening { aside: all, len } => {
                let aside = aside();
                match &aside {
                    Aside::Write { at, bytes } => *len = (*len).max(at + bytes.len() as u64),
                    Aside::Len(now) => *len = *now,
                    Aside::Sync => {}
                }
                all.push(aside);
            }
            Mode::Open => {
                if let Err(error) = through(&self.0.disk) {
                    *mode = Mode::Failed;
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl<B: StorageBackend> StorageBackend for Careful<B> {
    fn len(&self) -> io::Result<u64> {
        match &*self.mode() {
            Mode::Opening { len, .. } => Ok(*len),
            _ => self.0.disk.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &*self.mode() {
            Mode::Opening { aside, len } => read_over(&self.0.disk, aside, *len, offset, out),
            _ => self.0.disk.read(offset, out),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.alter(|| Aside::Len(len), |disk| disk.set_len(len))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.alter(|| Aside::Sync, |_| self.sync())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.alter(|| Aside::Write { at: offset, bytes: data.to_vec() }, |disk| disk.write(offset, data))
    }

    fn close(&self) -> io::Result<()> {
        self.0.disk.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.disk.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.disk.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.disk.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.disk.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.disk.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.disk.query_lock_range(start, end)
    }
}

/// Whether making the file was cut off by a crash: redb writes its magic number once the header is safe, and nothing else before that.
/// Nothing was ever stored in such a file, and redb would refuse it for ever.
fn is_unborn(disk: &impl StorageBackend, len: u64) -> io::Result<bool> {
    const MAGIC: u64 = 9;
    const HEADER: u64 = 512;
    let mut at = 0;
    let mut zeros = [0; HEADER as usize];
    while at < len {
        let part = &mut zeros[..range((len - at).min(HEADER))];
        disk.read(at, part)?;
        let judged = if at == 0 { range(MAGIC.min(len)) } else { part.len() };
        if part[..judged].iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
        at += HEADER;
    }
    Ok(len > 0)
}

/// Reads what the disk would give if all that was set aside had been written.
fn read_over(disk: &impl StorageBackend, aside: &[Aside], len: u64, offset: u64, out: &mut [u8]) -> io::Result<()> {
    let end = offset + out.len() as u64;
    if end > len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // What lies beyond the file's end reads as zeros once the file has grown.
    let there = disk.len()?.clamp(offset, end);
    let (on_disk, beyond) = out.split_at_mut(range(there - offset));
    disk.read(offset, on_disk)?;
    beyond.fill(0);
    for aside in aside {
        match aside {
            Aside::Write { at, bytes } => {
                let (from, to) = (offset.max(*at), end.min(at + bytes.len() as u64));
                if from < to {
                    out[range(from - offset)..range(to - offset)].copy_from_slice(&bytes[range(from - at)..range(to - at)]);
                }
            }
            Aside::Len(len) if *len < end => out[range(len.saturating_sub(offset))..].fill(0),
            Aside::Len(_) | Aside::Sync => {}
        }
    }
    Ok(())
}

/// A place within what is read at once.
fn range(bytes: u64) -> usize {
    usize::try_from(bytes).expect("what is read at once fits in memory")
}
