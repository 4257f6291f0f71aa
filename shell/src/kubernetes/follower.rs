//! Who follows the objects of a cluster.
use crate::process::{StartError, entropy, wall};
use std::{fmt, sync::Arc};
use strait_core::{Seed, time::Wall};

/// Who follows, and what it needs that is not of the cluster. Clones are the same.
#[derive(Clone)]
pub struct Follower {
    /// By what people know it.
    pub instance: String,
    /// What its chances are drawn from.
    pub seed: Seed,
    /// What its clock shows.
    pub wall: Arc<dyn Fn() -> Wall + Send + Sync>,
}

impl Follower {
    /// This process, on the clock of its machine.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn of_process(instance: &str) -> Result<Self, StartError> {
        Ok(Self { instance: instance.to_owned(), seed: entropy()?, wall: Arc::new(wall) })
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("instance", &self.instance).finish_non_exhaustive()
    }
}
