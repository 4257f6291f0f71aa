//! A store in memory: durable at once, for as long as the process lives.
use super::{BatchRefused, Store, StoreError};
use std::collections::VecDeque;
use strait_core::{Batch, Durable, Lsn};

/// A store in memory.
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
