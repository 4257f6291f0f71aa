//! A store's file on a disk that may be full, slow or failing. What was not synced is remembered beside it, so that power can be lost.
use super::{DiskFault, Faults, undo::Undo};
use redb::{BackendError, DatabaseError, StorageBackend, StorageError, backends::FileBackend};
use std::{
    fs::File,
    io::{self, ErrorKind},
    ops::Bound,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use tokio::sync::watch;

/// Such a file.
#[derive(Debug)]
pub struct FaultyFile {
    file: FileBackend,
    faults: watch::Receiver<Faults>,
    undo: Mutex<Undo>,
}

impl FaultyFile {
    /// This file, of that name.
    ///
    /// # Errors
    /// It cannot be used, or its disk fails now.
    pub fn new(file: File, path: &Path, faults: watch::Receiver<Faults>) -> Result<Self, DatabaseError> {
        let io = |error| DatabaseError::Storage(StorageError::Io(error));
        if faults.borrow().disk == DiskFault::Failing {
            return Err(io(failing()));
        }
        Ok(Self { file: FileBackend::new(file)?, faults, undo: Mutex::new(Undo::beside(path).map_err(io)?) })
    }

    fn fault(&self) -> DiskFault {
        self.faults.borrow().disk
    }

    fn readable(&self) -> io::Result<()> {
        if self.fault() == DiskFault::Failing { Err(failing()) } else { Ok(()) }
    }

    fn writable(&self) -> io::Result<MutexGuard<'_, Undo>> {
        match self.fault() {
            DiskFault::Failing => Err(failing()),
            DiskFault::Full => Err(ErrorKind::StorageFull.into()),
            DiskFault::None | DiskFault::Slow(_) | DiskFault::FailingToSync => Ok(self.undo()),
        }
    }

    fn undo(&self) -> MutexGuard<'_, Undo> {
        self.undo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        self.readable()?;
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.readable()?;
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.writable()?.before_resize(&self.file, len)?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.fault() {
            DiskFault::Failing | DiskFault::FailingToSync => return Err(failing()),
            DiskFault::Slow(ms) => take_so_long(ms),
            DiskFault::None | DiskFault::Full => {}
        }
        self.file.sync_data()?;
        self.undo().synced()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.writable()?.before_write(&self.file, offset, data.len())?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.query_lock_range(start, end)
    }
}

#[expect(clippy::disallowed_methods, reason = "a slow disk is nothing else")]
fn take_so_long(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
}

fn failing() -> io::Error {
    io::Error::other("the disk fails")
}
