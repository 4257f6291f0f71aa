//! A store on a simulated disk, which takes simulated time to sync.
use super::Disk;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strait_core::{Batch, Durable, Lsn};
use strait_shell::store::{BatchRefused, Store, StoreError};
use tokio::time::{Instant, sleep_until};

/// The store of one process.
pub struct DiskStore {
    disk: Arc<Mutex<Disk>>,
    submitted: Lsn,
    stored: Lsn,
    /// The sync that is under way: when it is done, and up to where.
    syncing: Option<(Instant, Lsn)>,
    failed: bool,
}

impl DiskStore {
    /// A store on this disk, for one process.
    pub fn on(disk: Arc<Mutex<Disk>>) -> Self {
        Self { disk, submitted: Lsn(0), stored: Lsn(0), syncing: None, failed: false }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sync that is under way. Begins one, if there is something to sync.
    fn under_way(&mut self) -> Option<(Instant, Lsn)> {
        if self.syncing.is_none() && self.submitted > self.stored && !self.failed {
            // Everything that waits goes in one sync; what comes meanwhile, in the next.
            let done = Instant::now() + self.disk().sync_takes();
            self.syncing = Some((done, self.submitted));
        }
        self.syncing
    }
}

impl Store for DiskStore {
    fn load(&mut self) -> Result<Durable, StoreError> {
        self.disk().open()
    }

    fn submit(&mut self, batch: Batch) {
        self.disk().submit(&batch);
        self.submitted = batch.lsn;
    }

    async fn stored(&mut self) -> Result<Lsn, BatchRefused> {
        let Some((done, upto)) = self.under_way() else {
            return std::future::pending().await;
        };
        sleep_until(done).await;
        self.syncing = None;
        let synced = self.disk().sync(upto);
        match synced {
            Ok(()) => {
                self.stored = upto;
                Ok(upto)
            }
            Err(refused) => {
                self.failed = true;
                Err(refused)
            }
        }
    }
}
