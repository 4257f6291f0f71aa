//! The simulated disk of a host: what a store wrote, what of it is safe, and what is wrong with the disk.
//!
//! What is not synced may be lost or torn by a power loss. A disk that is full takes no write; one that fails takes and gives
//! nothing; one that fails to sync says so, and then holds of what was not synced what chance leaves: after that a store must read
//! again what is really there. It never gives back what it does not hold (Linux may, from its cache, on some file systems).
//!
//! | file | what |
//! | --- | --- |
//! | `log`, `record` | a file of records, one per batch |
//! | `store` | a store on a disk that takes time to sync |
//! | `sectors` | a disk of sectors, for redb |
mod log;
mod record;
mod sectors;
mod store;

pub use log::Log;
pub use sectors::{SECTOR, Sectors};
pub use store::DiskStore;

use rand::{RngExt, rngs::ChaCha8Rng};
use std::time::Duration;
use strait_core::{Batch, Durable, Lsn, StoreFailure};
use strait_scenarios::world::{DiskState, Unstored};
use strait_shell::store::{BatchRefused, StoreError};

/// How long a sync takes, in milliseconds. Drawn for each.
const SYNC_MS: std::ops::RangeInclusive<u64> = 1..=3;

/// One disk, and the store on it.
#[derive(Debug)]
pub struct Disk {
    log: Log,
    state: DiskState,
    rng: ChaCha8Rng,
    reported: Lsn,
    failed: Option<StoreFailure>,
}

/// What a log gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Everything that is stored.
    pub durable: Durable,
    /// How many batches made it.
    pub batches: u64,
    /// How many bytes of a torn batch were cut off the tail.
    pub cut: usize,
}

/// A log whose content is damaged before its tail. It is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {record} at byte {offset} is damaged, and whole records follow it: {why}")]
pub struct Corrupt {
    /// Which record, counted from 0.
    pub record: u64,
    /// Where it starts.
    pub offset: usize,
    /// What is wrong with it.
    pub why: String,
}

impl Disk {
    /// An empty disk. What chance decides about it is drawn from `rng`.
    pub fn new(rng: ChaCha8Rng) -> Self {
        Self { log: Log::new(), state: DiskState::Ok, rng, reported: Lsn(0), failed: None }
    }

    /// What is wrong with it from now on.
    pub fn set_state(&mut self, state: DiskState) {
        self.state = state;
    }

    /// Replaces what is on it.
    pub fn replace(&mut self, durable: &Durable) {
        self.log = Log::holding(durable);
    }

    /// Reads everything, for a new process.
    ///
    /// # Errors
    /// The disk gives nothing, or what it gives is damaged.
    pub fn open(&mut self) -> Result<Durable, StoreError> {
        const NAME: &str = "on the simulated disk";
        if !self.is_readable() {
            return Err(StoreError::Io { name: NAME.to_owned(), why: "input/output error".to_owned() });
        }
        (self.reported, self.failed) = (Lsn(0), None);
        let opened = self.log.open().map_err(|corrupt| StoreError::Damaged { name: NAME.to_owned(), why: corrupt.to_string() });
        opened.map(|opened| opened.durable)
    }

    /// Whether it gives anything.
    pub fn is_readable(&self) -> bool {
        self.state != DiskState::Failing
    }

    /// A copy of what is safe. `None`: it cannot be read.
    pub fn copy(&self) -> Option<Durable> {
        let opened = self.log.image().open().ok()?;
        self.is_readable().then_some(opened.durable)
    }

    /// Writes a batch behind the others. It is not safe yet. Nothing is written any more once something failed.
    pub fn submit(&mut self, batch: &Batch) {
        match self.state {
            _ if self.failed.is_some() => {}
            DiskState::Full => self.failed = Some(StoreFailure::Full),
            DiskState::Failing => {
                self.log.submit_part(batch, &mut self.rng);
                self.failed = Some(StoreFailure::Io);
            }
            DiskState::Ok | DiskState::Slow(_) | DiskState::FailingToSync => self.log.submit(batch),
        }
    }

    /// How long the sync that begins now will take.
    pub fn sync_takes(&mut self) -> Duration {
        match self.state {
            DiskState::Slow(takes) => takes,
            _ => Duration::from_millis(self.rng.random_range(SYNC_MS)),
        }
    }

    /// Makes everything safe up to and including `upto`.
    ///
    /// # Errors
    /// Some of it is not safe, as far as is known.
    pub fn sync(&mut self, upto: Lsn) -> Result<(), BatchRefused> {
        let cannot_sync = matches!(self.state, DiskState::Failing | DiskState::FailingToSync);
        if self.failed.is_some() || cannot_sync {
            self.end();
            let why = *self.failed.get_or_insert(StoreFailure::Io);
            return Err(BatchRefused { from: Lsn(self.reported.0 + 1), why });
        }
        self.log.sync(upto);
        self.reported = upto;
        Ok(())
    }

    /// The last batch of this process that a power loss at this moment would spare.
    pub fn synced_upto(&self) -> Lsn {
        self.log.synced_upto()
    }

    /// The process ends: what it wrote is in the kernel's hands, and is safe if the disk takes it.
    pub fn end(&mut self) {
        match self.state {
            DiskState::Failing | DiskState::FailingToSync => self.log.power_loss(&mut self.rng),
            DiskState::Ok | DiskState::Full | DiskState::Slow(_) => self.log.sync_all(),
        }
    }

    /// The power goes: of what is not safe, nothing, all, or a part remains.
    pub fn power_loss(&mut self) {
        self.log.power_loss(&mut self.rng);
    }

    /// The power goes with this outcome for what was submitted and not synced.
    pub fn crash(&mut self, outcome: Unstored) {
        self.log.crash(outcome, &mut self.rng);
    }
}
