//! A store with a thread that commits. While it commits, what comes waits, and goes in the next transaction together.
use super::{
    counts::Counts,
    records::{Records, cannot_open},
};
use crate::store::{BatchRefused, Store, StoreError};
use redb::{DatabaseError, StorageBackend, backends::FileBackend};
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};
use strait_core::{Batch, Durable, Lsn, StoreFailure};
use tokio::sync::{oneshot, watch};

/// A redb store. Dropping it waits until everything that was submitted is committed, and frees the file for the next.
pub struct RedbStore {
    name: String,
    open: Option<Open>,
    writer: Option<Writer>,
    stored: Lsn,
    failed: bool,
}

type Open = Box<dyn FnOnce(&str) -> Result<(Writer, Durable), StoreError> + Send>;

/// The thread, and what is said to and by it.
struct Writer {
    said: mpsc::Sender<Said>,
    progress: watch::Receiver<Progress>,
    counts: Arc<Counts>,
    thread: JoinHandle<()>,
}

/// What is said to the thread.
enum Said {
    Write(Batch),
    /// Read everything that is committed.
    Copy(oneshot::Sender<Durable>),
    /// Nobody writes any more.
    End,
}

/// Reads a store while it is used. Clones are the same.
#[derive(Clone)]
pub struct StoreReader {
    said: mpsc::Sender<Said>,
    counts: Arc<Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    stored: Lsn,
    refused: Option<BatchRefused>,
}

impl RedbStore {
    /// A store in this file, which is made if it is not there. Nobody else can open it meanwhile.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::file_through(path, |file, _| FileBackend::new(file))
    }

    /// The same, through something that stands between redb and the file.
    pub fn file_through<B: StorageBackend>(
        path: impl Into<PathBuf>,
        through: impl FnOnce(File, &Path) -> Result<B, DatabaseError> + Send + 'static,
    ) -> Self {
        let path = path.into();
        Self::new(path.display().to_string(), move |name| {
            let io = |error: io::Error| StoreError::Io { name: name.to_owned(), why: error.to_string() };
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(io)?;
            Writer::start(name, through(file, &path).map_err(|error| cannot_open(name, error))?)
        })
    }

    /// A store on this disk. `name` is how errors call it.
    pub fn on(name: impl Into<String>, disk: impl StorageBackend) -> Self {
        Self::new(name.into(), |name| Writer::start(name, disk))
    }

    /// What reads it while it is used; `None` before it is loaded.
    pub fn reader(&self) -> Option<StoreReader> {
        self.writer.as_ref().map(|writer| StoreReader { said: writer.said.clone(), counts: Arc::clone(&writer.counts) })
    }

    fn new(name: String, open: impl FnOnce(&str) -> Result<(Writer, Durable), StoreError> + Send + 'static) -> Self {
        Self { name, open: Some(Box::new(open)), writer: None, stored: Lsn(0), failed: false }
    }
}

impl StoreReader {
    /// Everything that is stored by now, as it is between two commits. `None`: the store has failed, or is closed.
    pub async fn copy(&self) -> Option<Durable> {
        let (taken, copy) = oneshot::channel();
        self.said.send(Said::Copy(taken)).ok()?;
        copy.await.ok()
    }

    /// What the store has done since it was opened.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
}

impl Store for RedbStore {
    fn load(&mut self) -> Result<Durable, StoreError> {
        let open = self.open.take().expect("a store is loaded once");
        let (writer, durable) = open(&self.name)?;
        self.writer = Some(writer);
        Ok(durable)
    }

    fn submit(&mut self, batch: Batch) {
        if let Some(writer) = &self.writer {
            // Nobody listens any more only after a failure, which `stored` says.
            let _ = writer.said.send(Said::Write(batch));
        }
    }

    async fn stored(&mut self) -> Result<Lsn, BatchRefused> {
        let Some(writer) = self.writer.as_mut().filter(|_| !self.failed) else {
            return std::future::pending().await;
        };
        loop {
            let progress = *writer.progress.borrow_and_update();
            if progress.stored > self.stored {
                self.stored = progress.stored;
                return Ok(progress.stored);
            }
            // A thread that ended without a word has panicked.
            let gone = progress.refused.is_none() && writer.progress.changed().await.is_err();
            if let Some(refused) = progress.refused.or(gone.then_some(BatchRefused { from: Lsn(self.stored.0 + 1), why: StoreFailure::Io }))
            {
                self.failed = true;
                return Err(refused);
            }
        }
    }
}

impl Drop for RedbStore {
    fn drop(&mut self) {
        if let Some(Writer { said, thread, .. }) = self.writer.take() {
            // A thread that is gone has ended.
            let _ = said.send(Said::End);
            if thread.join().is_err() {
                tracing::error!(store = self.name, "the thread of the store panicked");
            }
        }
    }
}

impl Writer {
    fn start<B: StorageBackend>(name: &str, disk: B) -> Result<(Self, Durable), StoreError> {
        let (records, durable) = Records::open(name, disk)?;
        let counts = records.counts();
        let (said, heard) = mpsc::channel();
        let (told, progress) = watch::channel(Progress::default());
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || write(&records, &heard, &told));
        let thread = thread.map_err(|error| StoreError::Io { name: name.to_owned(), why: error.to_string() })?;
        Ok((Self { said, progress, counts, thread }, durable))
    }
}

/// Commits everything that waits, again and again, until nobody submits any more or something fails.
fn write<B: StorageBackend>(records: &Records<B>, heard: &mpsc::Receiver<Said>, told: &watch::Sender<Progress>) {
    while let Ok(first) = heard.recv() {
        let (mut group, mut copies, mut is_end) = (Vec::new(), Vec::new(), false);
        for said in std::iter::once(first).chain(heard.try_iter()) {
            match said {
                Said::Write(batch) => group.push(batch),
                Said::Copy(taken) => copies.push(taken),
                Said::End => is_end = true,
            }
        }
        if let [from, ..] = group.as_slice() {
            let (from, last) = (from.lsn, group[group.len() - 1].lsn);
            match records.commit(&group) {
                Ok(()) => told.send_modify(|progress| progress.stored = last),
                Err(why) => return told.send_modify(|progress| progress.refused = Some(BatchRefused { from, why })),
            }
        }
        for taken in copies {
            match records.read() {
                // Who asked may have gone meanwhile.
                Ok(durable) => drop(taken.send(durable)),
                Err(error) => tracing::warn!(%error, "the store cannot be copied"),
            }
        }
        if is_end {
            return;
        }
    }
}
