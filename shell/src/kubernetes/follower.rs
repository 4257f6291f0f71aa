//! Who follows the objects of a cluster.
use crate::process::{StartError, entropy, wall};
use std::{fmt, sync::Arc};
use strait_core::{Seed, time::Wall};

/// Who follows, and what it needs that is not of the cluster. Clones are the same.
#[derive(Clone)]
pub struct Follower {
    /// By what people know it.
    pub instance: String,
    /// The namespace in which the zone keeps what it must not lose.
    pub system_namespace: String,
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
    pub fn of_process(instance: &str, system_namespace: &str) -> Result<Self, StartError> {
        let (instance, system_namespace) = (instance.to_owned(), system_namespace.to_owned());
        Ok(Self { instance, system_namespace, seed: entropy()?, wall: Arc::new(wall) })
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("instance", &self.instance).finish_non_exhaustive()
    }
}
