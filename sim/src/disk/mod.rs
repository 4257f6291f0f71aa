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
//! | `database` | a redb database on such a disk |
mod database;
mod log;
mod record;
mod sectors;
mod store;

pub use log::Log;
pub use sectors::{SECTOR, Sectors};
pub use store::DiskStore;

use database::Database;
use rand::{RngExt, rngs::ChaCha8Rng};
use std::time::Duration;
use strait_core::{Batch, Durable, Lsn, StoreFailure};
use strait_scenarios::world::{DiskState, StoreKind, Unstored};
use strait_shell::store::{BatchRefused, StoreError};

/// How long a sync takes, in milliseconds. Drawn for each.
const SYNC_MS: std::ops::RangeInclusive<u64> = 1..=3;

/// One disk, and the store on it.
#[derive(Debug)]
pub struct Disk {
    kept: Kept,
    state: DiskState,
    rng: ChaCha8Rng,
    reported: Lsn,
    failed: Option<StoreFailure>,
}

/// What the records are kept in.
#[derive(Debug)]
enum Kept {
    Log(Log),
    Redb(Database),
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
        Self { kept: Kept::Log(Log::new()), state: DiskState::Ok, rng, reported: Lsn(0), failed: None }
    }

    /// An empty disk, on which records are kept like this.
    pub fn keeping(store: StoreKind, rng: ChaCha8Rng) -> Self {
        match store {
            StoreKind::Log => Self::new(rng),
            StoreKind::Redb => Self { kept: Kept::Redb(Database::new()), ..Self::new(rng) },
        }
    }

    /// What is wrong with it from now on.
    pub fn set_state(&mut self, state: DiskState) {
        self.state = state;
        if let Kept::Redb(database) = &self.kept {
            database.set_state(state);
        }
    }

    /// Replaces what is on it.
    pub fn replace(&mut self, durable: &Durable) {
        match &mut self.kept {
            Kept::Log(log) => *log = Log::holding(durable),
            Kept::Redb(database) => {
                *database = Database::holding(durable);
                database.set_state(self.state);
            }
        }
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
        match &mut self.kept {
            Kept::Log(log) => {
                let damaged = |corrupt: Corrupt| StoreError::Damaged { name: NAME.to_owned(), why: corrupt.to_string() };
                log.open().map(|opened| opened.durable).map_err(damaged)
            }
            Kept::Redb(database) => database.open(),
        }
    }

    /// Whether it gives anything.
    pub fn is_readable(&self) -> bool {
        self.state != DiskState::Failing
    }

    /// A copy of what is safe. `None`: it cannot be read.
    pub fn copy(&self) -> Option<Durable> {
        let copy = match &self.kept {
            Kept::Log(log) => log.image().open().ok()?.durable,
            Kept::Redb(database) => database.copy()?,
        };
        self.is_readable().then_some(copy)
    }

    /// Writes a batch behind the others. It is not safe yet. Nothing is written any more once something failed.
    pub fn submit(&mut self, batch: &Batch) {
        let log = match &mut self.kept {
            Kept::Log(log) => log,
            // What is wrong with the disk, the commit will tell.
            Kept::Redb(database) => return database.submit(batch),
        };
        match self.state {
            _ if self.failed.is_some() => {}
            DiskState::Full => self.failed = Some(StoreFailure::Full),
            DiskState::Failing => {
                log.submit_part(batch, &mut self.rng);
                self.failed = Some(StoreFailure::Io);
            }
            DiskState::Ok | DiskState::Slow(_) | DiskState::FailingToSync => log.submit(batch),
        }
    }

    /// How long the sync that begins now will take.
    pub fn sync_takes(&mut self) -> Duration {
        if let Kept::Redb(database) = &mut self.kept {
            database.begin();
        }
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
        let log = match &mut self.kept {
            Kept::Log(log) => log,
            Kept::Redb(database) => return database.sync(upto),
        };
        let cannot_sync = matches!(self.state, DiskState::Failing | DiskState::FailingToSync);
        if self.failed.is_some() || cannot_sync {
            if cannot_sync {
                log.power_loss(&mut self.rng);
            } else {
                log.sync_all();
            }
            let why = *self.failed.get_or_insert(StoreFailure::Io);
            return Err(BatchRefused { from: Lsn(self.reported.0 + 1), why });
        }
        log.sync(upto);
        self.reported = upto;
        Ok(())
    }

    /// The last batch of this process that a power loss at this moment would spare.
    pub fn synced_upto(&self) -> Lsn {
        match &self.kept {
            Kept::Log(log) => log.synced_upto(),
            Kept::Redb(database) => database.synced_upto(),
        }
    }

    /// The process ends: what it wrote is in the kernel's hands, and is safe if the disk takes it.
    pub fn end(&mut self) {
        match (&mut self.kept, self.state) {
            (Kept::Redb(database), _) => database.end(&mut self.rng),
            (Kept::Log(log), DiskState::Failing | DiskState::FailingToSync) => log.power_loss(&mut self.rng),
            (Kept::Log(log), DiskState::Ok | DiskState::Full | DiskState::Slow(_)) => log.sync_all(),
        }
    }

    /// The power goes: of what is not safe, nothing, all, or a part remains.
    pub fn power_loss(&mut self) {
        match &mut self.kept {
            Kept::Log(log) => log.power_loss(&mut self.rng),
            Kept::Redb(database) => database.power_loss(&mut self.rng),
        }
    }

    /// The power goes with this outcome for what was submitted and not synced.
    pub fn crash(&mut self, outcome: Unstored) {
        match &mut self.kept {
            Kept::Log(log) => log.crash(outcome, &mut self.rng),
            Kept::Redb(database) => database.crash(outcome, &mut self.rng),
        }
    }
}
