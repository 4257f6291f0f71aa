//! Records in a redb database: one file, one table, one transaction for everything that waits.
//!
//! | file | what |
//! | --- | --- |
//! | `records` | the database: reading everything, committing batches |
//! | `careful` | between redb and the disk: nothing is written while opening, and nothing after a failure |
//! | `threaded` | a store with a thread that commits |
//! | `polled` | a store that commits when it is polled |
//!
//! Transactions are written with quick repair: opening after a crash need not rebuild what is free. redb then makes two syncs
//! per transaction, which group commit shares among all that waits.
mod careful;
mod polled;
mod records;
mod threaded;

pub use polled::PolledRedbStore;
pub use threaded::RedbStore;
