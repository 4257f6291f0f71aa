//! A store that commits when it is polled: no thread, so that a simulated world stays one sequence of steps.
use super::records::Records;
use crate::store::{BatchRefused, Store, StoreError};
use redb::StorageBackend;
use strait_core::{Batch, Durable, Lsn};

/// A redb store without a thread. Polling [`Store::stored`] commits everything that waits, and blocks meanwhile.
pub struct PolledRedbStore<B: StorageBackend> {
    name: String,
    disk: Option<B>,
    records: Option<Records<B>>,
    waiting: Vec<Batch>,
    failed: bool,
}

impl<B: StorageBackend> PolledRedbStore<B> {
    /// A store on this disk. `name` is how errors call it.
    pub fn on(name: impl Into<String>, disk: B) -> Self {
        Self { name: name.into(), disk: Some(disk), records: None, waiting: Vec::new(), failed: false }
    }

    /// Commits everything that waits, in one transaction. `None`: nothing does, or the store has failed.
    pub fn commit(&mut self) -> Option<Result<Lsn, BatchRefused>> {
        let waiting = std::mem::take(&mut self.waiting);
        let (first, last) = (waiting.first()?.lsn, waiting.last()?.lsn);
        let records = self.records.as_ref().filter(|_| !self.failed)?;
        Some(match records.commit(&waiting) {
            Ok(()) => Ok(last),
            Err(why) => {
                self.failed = true;
                Err(BatchRefused { from: first, why })
            }
        })
    }
}

impl<B: StorageBackend> Store for PolledRedbStore<B> {
    fn load(&mut self) -> Result<Durable, StoreError> {
        let disk = self.disk.take().expect("a store is loaded once");
        let (records, durable) = Records::open(&self.name, disk)?;
        self.records = Some(records);
        Ok(durable)
    }

    fn submit(&mut self, batch: Batch) {
        self.waiting.push(batch);
    }

    async fn stored(&mut self) -> Result<Lsn, BatchRefused> {
        match self.commit() {
            Some(stored) => stored,
            None => std::future::pending().await,
        }
    }
}
