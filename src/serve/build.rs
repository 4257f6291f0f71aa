//! What runs: the control plane of this release, or one that a testbed makes.
use strait_core::{Durable, Node, Out, RecoverError, Seed, sync::Dialect, time::Now};

/// How a node is brought back from what its store holds.
pub(crate) type Recovering<N> = dyn Fn(Seed, Now, &Durable, &mut Out<<N as Node>::Effect>) -> Result<N, RecoverError>;

/// What runs.
pub(crate) struct Build<N: Node> {
    /// What it speaks.
    pub(crate) dialect: Dialect,
    /// How it comes to life.
    pub(crate) recover: Box<Recovering<N>>,
}
