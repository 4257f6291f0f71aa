//! StoreReader of what a control plane keeps that runs.
use super::Backup;
use crate::{
    process::{DataDir, DataDirError, Role},
    store::StoreReader,
};
use std::sync::Arc;

/// Where copies are taken from while the control plane runs.
#[derive(Clone)]
pub struct Source {
    role: Role,
    directory: Arc<DataDir>,
    store: StoreReader,
}

/// No copy can be taken.
#[derive(Debug, thiserror::Error)]
pub enum NoCopy {
    /// The store takes no writes any more.
    #[error("the store has failed: stop this control plane, and copy its data directory with `strait backup FILE --data-dir DIR`")]
    Failed,
    /// A file beside the store cannot be read.
    #[error(transparent)]
    Directory(#[from] DataDirError),
}

impl Source {
    /// Copies of this store, and of what stands beside it.
    pub fn new(role: Role, directory: Arc<DataDir>, store: StoreReader) -> Self {
        Self { role, directory, store }
    }

    /// The store from which they are taken.
    pub fn store(&self) -> &StoreReader {
        &self.store
    }

    /// A copy of everything that is stored by now: of one moment, between two commits.
    ///
    /// # Errors
    /// The store has failed, or a file cannot be read.
    pub async fn take(&self) -> Result<Backup, NoCopy> {
        let records = self.store.copy().await.ok_or(NoCopy::Failed)?;
        Ok(Backup::of(self.role.clone(), records, &self.directory)?)
    }
}
