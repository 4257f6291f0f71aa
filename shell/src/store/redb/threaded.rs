//! A store with a thread that commits. While it commits, what comes waits, and goes in the next transaction together.
use super::records::Records;
use crate::store::{BatchRefused, Store, StoreError};
use redb::{StorageBackend, backends::FileBackend};
use std::{
    fs::OpenOptions,
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::mpsc,
    thread::{self, JoinHandle},
};
use strait_core::{Batch, Durable, Lsn, StoreFailure};
use tokio::sync::watch;

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
    batches: mpsc::Sender<Batch>,
    progress: watch::Receiver<Progress>,
    thread: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    stored: Lsn,
    refused: Option<BatchRefused>,
}

impl RedbStore {
    /// A store in this file, which is made if it is not there. Nobody else can open it meanwhile.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::new(path.display().to_string(), |name| {
            let io = |error: std::io::Error| StoreError::Io { name: name.to_owned(), why: error.to_string() };
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path).map_err(io)?;
            let disk = FileBackend::new(file).map_err(|error| StoreError::Damaged { name: name.to_owned(), why: error.to_string() })?;
            Writer::start(name, disk)
        })
    }

    /// A store on this disk. `name` is how errors call it.
    pub fn on(name: impl Into<String>, disk: impl StorageBackend) -> Self {
        Self::new(name.into(), |name| Writer::start(name, disk))
    }

    fn new(name: String, open: impl FnOnce(&str) -> Result<(Writer, Durable), StoreError> + Send + 'static) -> Self {
        Self { name, open: Some(Box::new(open)), writer: None, stored: Lsn(0), failed: false }
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
            let _ = writer.batches.send(batch);
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
        if let Some(Writer { batches, thread, .. }) = self.writer.take() {
            drop(batches);
            if thread.join().is_err() {
                tracing::error!(store = self.name, "the thread of the store panicked");
            }
        }
    }
}

impl Writer {
    fn start<B: StorageBackend>(name: &str, disk: B) -> Result<(Self, Durable), StoreError> {
        let (records, durable) = Records::open(name, disk)?;
        let (batches, submitted) = mpsc::channel();
        let (told, progress) = watch::channel(Progress::default());
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || write(&records, &submitted, &told));
        let thread = thread.map_err(|error| StoreError::Io { name: name.to_owned(), why: error.to_string() })?;
        Ok((Self { batches, progress, thread }, durable))
    }
}

/// Commits everything that waits, again and again, until nobody submits any more or something fails.
fn write<B: StorageBackend>(records: &Records<B>, submitted: &mpsc::Receiver<Batch>, told: &watch::Sender<Progress>) {
    while let Ok(first) = submitted.recv() {
        let group: Vec<Batch> = std::iter::once(first).chain(submitted.try_iter()).collect();
        let (from, last) = (group[0].lsn, group[group.len() - 1].lsn);
        match records.commit(&group) {
            Ok(()) => told.send_modify(|progress| progress.stored = last),
            Err(why) => return told.send_modify(|progress| progress.refused = Some(BatchRefused { from, why })),
        }
    }
}
