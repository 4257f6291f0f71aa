//! The database: one table from keys to values.
use super::{careful::Careful, counts::Counts};
use crate::store::StoreError;
use redb::{Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, StorageBackend, StorageError, TableDefinition, TableError};
use std::{io, sync::Arc};
use strait_core::{Batch, Durable, StoreFailure, StoreKey};

const RECORDS: TableDefinition<&str, &[u8]> = TableDefinition::new("records");

/// What redb keeps of the file in memory. Everything is read once, at the start, and the node holds it from then on.
const CACHE_BYTES: usize = 4 << 20;

/// The records of one node.
pub(super) struct Records<B: StorageBackend> {
    database: Database,
    disk: Careful<B>,
}

impl<B: StorageBackend> Records<B> {
    /// Opens what is on a disk, and reads everything. A file of no length is an empty store.
    pub(super) fn open(name: &str, disk: B) -> Result<(Self, Durable), StoreError> {
        let disk = Careful::new(disk).map_err(|error| broken(name, StorageError::Io(error)))?;
        let mut builder = Builder::new();
        builder.set_check_integrity_on_open(true).set_cache_size(CACHE_BYTES);
        let database = builder.create_with_backend(disk.clone()).map_err(|error| cannot_open(name, error))?;
        let durable = read(&database).map_err(|error| match error {
            redb::Error::Io(error) => broken(name, StorageError::Io(error)),
            error => StoreError::Damaged { name: name.to_owned(), why: error.to_string() },
        })?;
        Ok((Self { database, disk }, durable))
    }

    /// What is counted of it.
    pub(super) fn counts(&self) -> Arc<Counts> {
        self.disk.counts()
    }

    /// Everything that is committed.
    pub(super) fn read(&self) -> Result<Durable, redb::Error> {
        read(&self.database)
    }

    /// Makes these batches durable, all or none.
    pub(super) fn commit(&self, batches: &[Batch]) -> Result<(), StoreFailure> {
        self.try_commit(batches).map_err(|error| {
            tracing::warn!(%error, "the store failed");
            match error {
                redb::Error::Io(error) if is_full(&error) => StoreFailure::Full,
                _ => StoreFailure::Io,
            }
        })
    }

    fn try_commit(&self, batches: &[Batch]) -> Result<(), redb::Error> {
        self.disk.settle()?;
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(true);
        {
            let mut records = transaction.open_table(RECORDS)?;
            for batch in batches {
                for key in &batch.delete {
                    records.remove(key.0.as_str())?;
                }
                for (key, value) in &batch.put {
                    records.insert(key.0.as_str(), value.as_slice())?;
                }
            }
        }
        transaction.commit()?;
        self.disk.counts().committed();
        Ok(())
    }
}

fn read(database: &Database) -> Result<Durable, redb::Error> {
    let records = match database.begin_read()?.open_table(RECORDS) {
        Ok(records) => records,
        Err(TableError::TableDoesNotExist(_)) => return Ok(Durable::new()),
        Err(error) => return Err(error.into()),
    };
    let mut durable = Durable::new();
    for record in records.iter()? {
        let (key, value) = record?;
        durable.insert(StoreKey(key.value().to_owned()), value.value().to_vec());
    }
    Ok(durable)
}

/// Why a database cannot be opened.
pub(super) fn cannot_open(name: &str, error: DatabaseError) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse(name.to_owned()),
        DatabaseError::Storage(error) => broken(name, error),
        error => StoreError::Damaged { name: name.to_owned(), why: error.to_string() },
    }
}

/// What could not be read: damaged, or out of reach for now.
fn broken(name: &str, error: StorageError) -> StoreError {
    let name = name.to_owned();
    match error {
        // Not a database, or one that ends too early.
        StorageError::Io(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
            StoreError::Damaged { name, why: error.to_string() }
        }
        StorageError::Io(error) => StoreError::Io { name, why: error.to_string() },
        error => StoreError::Damaged { name, why: error.to_string() },
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
