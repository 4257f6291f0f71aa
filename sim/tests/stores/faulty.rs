//! A file below redb on which something goes wrong when the test says so.
use super::rigs::Wrong;
use redb::{BackendError, StorageBackend, backends::FileBackend};
use std::{
    io,
    ops::Bound,
    sync::{Arc, Mutex},
};

#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) file: FileBackend,
    pub(super) wrong: Arc<Mutex<Option<Wrong>>>,
}

impl Faulty {
    fn check(&self, fails: &[Wrong]) -> io::Result<()> {
        match *self.wrong.lock().unwrap() {
            Some(wrong) if fails.contains(&wrong) => {
                Err(if wrong == Wrong::Full { io::ErrorKind::StorageFull.into() } else { io::Error::other("it broke") })
            }
            _ => Ok(()),
        }
    }
}

impl StorageBackend for Faulty {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.check(&[Wrong::Fails])?;
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check(&[Wrong::Full, Wrong::Fails])?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check(&[Wrong::FailsToSync, Wrong::Fails])?;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check(&[Wrong::Full, Wrong::Fails])?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.file.try_lock_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.file.unlock_range(start, end)
    }
}
