//! Records in a redb database: one file, one table, one transaction for everything that waits.
//!
//! | file | what |
//! | --- | --- |
//! | `records` | the database: reading everything, committing batches |
//! | `careful` | between redb and the disk: nothing is written while opening, and nothing after a failure |
//! | `counts` | how many transactions and syncs there were |
//! | `threaded` | a store with a thread that commits |
//! | `at_rest` | the file, when no process runs from it |
//! | `polled` | a store that commits when it is polled |
//!
//! Transactions are written with quick repair: opening after a crash need not rebuild what is free. redb then makes two syncs
//! per transaction, which group commit shares among all that waits.
mod at_rest;
mod careful;
mod counts;
mod polled;
mod records;
mod threaded;

pub use at_rest::{read_at_rest, write_at_rest};
pub use counts::Counts;
pub use polled::PolledRedbStore;
pub use threaded::{RedbStore, StoreReader};
