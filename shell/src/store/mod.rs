//! Where a node's batches go.
//!
//! | store | what |
//! | --- | --- |
//! | [`MemoryStore`] | lives as long as the process |
//! | [`RedbStore`] | a redb database in a file, written by a thread of its own |
//! | [`read_at_rest`], [`write_at_rest`] | the file of such a store, when no process runs from it |
//! | [`PolledRedbStore`] | the same without a thread: what waits is committed when it is polled |
mod memory;
mod redb;

pub use memory::MemoryStore;
pub use redb::{Counts, PolledRedbStore, RedbStore, StoreReader, read_at_rest, write_at_rest};

use std::future::Future;
use strait_core::{Batch, Durable, Lsn, StoreFailure};

/// What a node's records are kept in. Batches are applied whole and in order.
///
/// A store serves one process of a node. After a failure it writes nothing more: what a disk holds after a sync that failed
/// is not known, so another store is opened, and the node recovers from what that one reads.
pub trait Store {
    /// Reads everything, once, before anything is submitted. Writes nothing.
    ///
    /// # Errors
    /// What is stored cannot be had. It is left as it is.
    fn load(&mut self) -> Result<Durable, StoreError>;

    /// Takes a batch. Never waits.
    fn submit(&mut self, batch: Batch);

    /// Waits until more is durable, and says up to where. May be dropped and called again; pending for ever if nothing is under way.
    ///
    /// # Errors
    /// A batch did not become durable. Said once; pending for ever after that.
    fn stored(&mut self) -> impl Future<Output = Result<Lsn, BatchRefused>> + Send;
}

/// What is stored cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open: wait until that one has ended, or end it.
    #[error("the store {0} is in use by another process")]
    InUse(String),
    /// It is not what was written, or not a store at all. Restore a backup, or begin with an empty one.
    #[error("the store {name} cannot be read: {why}")]
    Damaged {
        /// Which.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Reading failed.
    #[error("the store {name} cannot be read now: {why}")]
    Io {
        /// Which.
        name: String,
        /// What the system says.
        why: String,
    },
}

/// A batch, and all after it, did not become durable as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRefused {
    /// The first that was not reported durable.
    pub from: Lsn,
    /// Why.
    pub why: StoreFailure,
}
