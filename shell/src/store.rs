//! Where a node's batches go.
use std::{collections::VecDeque, future::Future};
use strait_core::{Batch, Durable, Lsn, StoreFailure};

/// What a node's records are kept in. Batches are applied whole and in order.
pub trait Store {
    /// Reads everything, once, before anything is submitted.
    ///
    /// # Errors
    /// What is stored cannot be read. It is left as it is.
    fn load(&mut self) -> Result<Durable, StoreError>;

    /// Takes a batch. Never waits.
    fn submit(&mut self, batch: Batch);

    /// Waits until more is durable, and says up to where. May be dropped and called again; pending for ever if nothing is under way.
    fn stored(&mut self) -> impl Future<Output = Result<Lsn, BatchRefused>> + Send;
}

/// What is stored cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store cannot be read: {0}")]
pub struct StoreError(pub String);

/// A batch, and all after it, did not become durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRefused {
    /// The first that did not.
    pub from: Lsn,
    /// Why.
    pub why: StoreFailure,
}

/// A store in memory: durable at once, for as long as the process lives.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    durable: Durable,
    submitted: VecDeque<Lsn>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that holds this.
    pub fn holding(durable: Durable) -> Self {
        Self { durable, submitted: VecDeque::new() }
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Durable, StoreError> {
        Ok(self.durable.clone())
    }

    fn submit(&mut self, batch: Batch) {
        batch.apply_to(&mut self.durable);
        self.submitted.push_back(batch.lsn);
    }

    async fn stored(&mut self) -> Result<Lsn, BatchRefused> {
        match self.submitted.drain(..).next_back() {
            Some(lsn) => Ok(lsn),
            None => std::future::pending().await,
        }
    }
}
