//! A store on a simulated disk, which takes simulated time to sync.
use super::host::{Host, Shared, locked};
use rand::RngExt;
use std::time::Duration;
use strait_core::{Batch, Durable, Lsn};
use strait_shell::store::{BatchRefused, Store, StoreError};
use tokio::time::{Instant, sleep_until};

/// How long a sync of a disk takes, in milliseconds. Drawn for each.
const SYNC_MS: std::ops::RangeInclusive<u64> = 1..=3;

/// The store of one process.
pub(super) struct DiskStore {
    host: Shared<Host>,
    submitted: Lsn,
    /// The sync that is under way: when it is done, and up to where.
    syncing: Option<(Instant, Lsn)>,
}

impl DiskStore {
    pub(super) fn on(host: Shared<Host>) -> Self {
        Self { host, submitted: Lsn(0), syncing: None }
    }

    /// The sync that is under way. Begins one, if there is something to sync.
    fn under_way(&mut self) -> Option<(Instant, Lsn)> {
        if self.syncing.is_none() {
            let mut host = locked(&self.host);
            if self.submitted > host.disk.synced_upto() {
                // Everything that waits goes in one sync; what comes meanwhile, in the next.
                let takes = Duration::from_millis(host.disk_rng.random_range(SYNC_MS));
                self.syncing = Some((Instant::now() + takes, self.submitted));
            }
        }
        self.syncing
    }
}

impl Store for DiskStore {
    fn load(&mut self) -> Result<Durable, StoreError> {
        locked(&self.host).disk.open().map(|opened| opened.durable).map_err(|corrupt| StoreError(corrupt.to_string()))
    }

    fn submit(&mut self, batch: Batch) {
        locked(&self.host).disk.submit(&batch);
        self.submitted = batch.lsn;
    }

    async fn stored(&mut self) -> Result<Lsn, BatchRefused> {
        let Some((done, upto)) = self.under_way() else {
            return std::future::pending().await;
        };
        sleep_until(done).await;
        self.syncing = None;
        locked(&self.host).disk.sync(upto);
        Ok(upto)
    }
}
