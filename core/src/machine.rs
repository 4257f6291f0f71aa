//! What a node is: a state that is stepped, and what a step may cause.
//!
//! Push, never poll: when [`Node::handle`] returns, every consequence stands in [`Out`]. Nothing hides in a queue, so a
//! driver cannot drain in the wrong order, and a run is the list of `(now, step) -> [emit]`.
use crate::{
    node::{Observation, ObservationChange, View},
    seed::Seed,
    time::{Mono, Now},
};
use serde::{Deserialize, Serialize, Serializer};
use std::{collections::BTreeMap, fmt};

/// A control plane as a state machine: [`crate::GlobalNode`], [`crate::ZoneNode`], or a wrapper around one.
pub trait Node {
    /// What may come in from outside.
    type Input;
    /// What a step may ask the driver to do.
    type Effect;

    /// Takes one step. Never fails: bad input of a peer becomes a NACK or a close with a reason; a broken invariant of our own panics.
    fn handle(&mut self, now: Now, step: Step<Self::Input>, out: &mut Out<Self::Effect>);

    /// When to wake the node next with [`Step::Tick`], and why. Waking early is harmless.
    fn deadline(&self) -> Option<(Mono, &'static str)>;

    /// What anyone may know about this node: the fold of all the changes it has emitted.
    fn observe(&self) -> &Observation;

    /// What proxies and DNS are served from: durable, advances when the gate opens.
    fn view(&self) -> &View {
        &self.observe().view
    }
}

impl<N: Node + ?Sized> Node for Box<N> {
    type Input = N::Input;
    type Effect = N::Effect;

    fn handle(&mut self, now: Now, step: Step<N::Input>, out: &mut Out<N::Effect>) {
        (**self).handle(now, step, out);
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        (**self).deadline()
    }

    fn observe(&self) -> &Observation {
        (**self).observe()
    }
}

/// How a node comes to life: always from what its store holds, which may be nothing.
pub trait Recover: Node + Sized {
    /// What the operator decides.
    type Config;

    /// Rebuilds the node. `seed` must be fresh at each start.
    ///
    /// # Errors
    /// Names the record that cannot be read. The store is left as it is.
    fn recover(config: Self::Config, seed: Seed, now: Now, durable: &Durable, out: &mut Out<Self::Effect>) -> Result<Self, RecoverError>;
}

/// Everything a store holds.
pub type Durable = BTreeMap<StoreKey, Vec<u8>>;

/// A record in the store cannot be read, so the node does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store's record `{key}` cannot be read: {why}")]
pub struct RecoverError {
    /// Which record.
    pub key: StoreKey,
    /// What is wrong with it.
    pub why: String,
}

/// What is handed to a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step<I> {
    /// The deadline has been reached, or the driver woke early.
    Tick,
    /// Everything up to and including `upto` survives a crash. Cumulative.
    Stored {
        /// The last batch that is durable.
        upto: Lsn,
    },
    /// The store refused `from` and all after it. The driver drops this node and brings it back through [`Recover::recover`]:
    /// memory has run ahead of the disk, so it cannot be served.
    StoreFailed {
        /// The first batch that is not durable.
        from: Lsn,
        /// Why.
        why: StoreFailure,
    },
    /// Something from outside.
    Input(I),
}

/// Why a store refused a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoreFailure {
    /// No room is left.
    Full,
    /// Reading or writing failed.
    Io,
}

impl fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the disk is full",
            Self::Io => "the disk failed",
        })
    }
}

/// Position in one process's own sequence of batches. Starts at 1 in each process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lsn(pub u64);

/// The name of one record in a node's store, such as `floor/down`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreKey(pub String);

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Keyed writes that become durable together. A store applies a batch whole or not at all, and batches in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its place in the sequence.
    pub lsn: Lsn,
    /// Records to write.
    #[serde(serialize_with = "with_their_bytes")]
    pub put: Vec<(StoreKey, Vec<u8>)>,
    /// Records to remove.
    pub delete: Vec<StoreKey>,
}

/// The bytes of each record are said in one piece. JSON writes them as it writes a list of numbers.
fn with_their_bytes<S: Serializer>(records: &[(StoreKey, Vec<u8>)], serializer: S) -> Result<S::Ok, S::Error> {
    struct Bytes<'a>(&'a [u8]);

    impl Serialize for Bytes<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }

    serializer.collect_seq(records.iter().map(|(key, value)| (key, Bytes(value))))
}

impl Batch {
    /// What `durable` becomes when this batch is applied.
    pub fn apply_to(&self, durable: &mut Durable) {
        for key in &self.delete {
            durable.remove(key);
        }
        for (key, value) in &self.put {
            durable.insert(key.clone(), value.clone());
        }
    }
}

/// One consequence of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Emit<E> {
    /// Hand this to the store. Submitting must not wait.
    Store(Batch),
    /// Do this.
    Effect(E),
    /// This became different about the node, and is durable.
    Observed(ObservationChange),
}

/// What one step caused, in order. The driver performs it in this order and leaves nothing behind.
#[derive(Debug)]
pub struct Out<E> {
    items: Vec<Emit<E>>,
}

impl<E> Out<E> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { items: Vec::new() }
    }

    /// Adds a consequence.
    pub fn push(&mut self, emit: Emit<E>) {
        self.items.push(emit);
    }

    /// Takes everything, in order.
    pub fn take(&mut self) -> Vec<Emit<E>> {
        std::mem::take(&mut self.items)
    }
}

impl<E> Default for Out<E> {
    fn default() -> Self {
        Self::new()
    }
}
