//! One life of a node: from what its store gives to its stop, or to a failure of its store.
use super::{Surroundings, surroundings::LifeClock, wall};
use crate::{
    drive::{Clocks as _, Ended, Perform, drive, keep},
    store::{RedbStore, Store as _, StoreError, StoreReader},
    testbed::Happened,
};
use serde::Serialize;
use std::{fs::File, future::Future, io::Read as _, path::PathBuf};
use strait_core::{
    Durable, Emit, Node, Out, RecoverError, Seed,
    time::{Mono, Now},
};
use tokio::sync::mpsc;

/// A node that was brought back, and has not taken a step yet.
pub struct Life<N: Node> {
    /// The node.
    pub node: N,
    /// What its store gave.
    pub durable: Durable,
    /// What bringing it back caused.
    pub emits: Vec<Emit<N::Effect>>,
    store: RedbStore,
    path: PathBuf,
    clock: LifeClock,
}

/// A node cannot be brought back.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// What is stored cannot be had.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored cannot be understood.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
}

/// Why a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Somebody asked for it. Everything that was submitted is stored.
    Asked,
    /// The store failed, and can be read again.
    StoreFailed,
}

impl<N: Node> Life<N> {
    /// Brings a node back from its store, which is made if it is not there.
    ///
    /// # Errors
    /// Says what is wrong with the store. It is left as it is.
    pub fn begin(
        recover: impl FnOnce(Seed, Now, &Durable, &mut Out<N::Effect>) -> Result<N, RecoverError>,
        store: impl Into<PathBuf>,
        surroundings: &Surroundings,
    ) -> Result<Self, StartError> {
        let path = store.into();
        let mut store = surroundings.open(&path);
        let durable = store.load()?;
        let seed = entropy()?;
        let clock = surroundings.clock(Now { mono: Mono(0), wall: wall() });
        let mut out = Out::new();
        let node = recover(seed, clock.now(), &durable, &mut out)?;
        Ok(Self { node, durable, emits: out.take(), store, path, clock })
    }

    /// What reads its store while it lives.
    pub fn reader(&self) -> StoreReader {
        self.store.reader().expect("it was loaded when the life began")
    }
}

/// A seed that nobody can guess.
///
/// # Errors
/// The system gives no randomness.
pub fn entropy() -> Result<Seed, StartError> {
    let mut seed = [0; 8];
    // Of the system: the TLS library's generator gathers for tens of milliseconds before its first number, which no start should wait for.
    File::open("/dev/urandom").and_then(|mut system| system.read_exact(&mut seed)).map_err(|_| StartError::Randomness)?;
    Ok(Seed(u64::from_le_bytes(seed)))
}

/// Steps a node until it is to stop, or its store has failed and can be read again.
pub async fn live<N, P>(
    life: Life<N>,
    mut mailbox: mpsc::Receiver<N::Input>,
    perform: &mut P,
    surroundings: &Surroundings,
    stop: impl Future<Output = ()>,
) -> Stopped
where
    N: Node<Input: Clone + Serialize, Effect: Clone + Serialize>,
    P: Perform<Input = N::Input, Effect = N::Effect>,
{
    let Life { mut node, durable, emits, mut store, path, clock } = life;
    // As large as everything that the node holds, and no longer needed.
    drop(durable);
    tokio::pin!(stop);
    let mut tap = surroundings.tracer();
    let mut ended = tokio::select! {
        biased;
        () = &mut stop => Ended::Abandoned,
        ended = drive(&mut node, emits, &mut store, &mut mailbox, clock.clone(), perform, &mut tap) => ended,
    };
    // Waits for what is under way, and frees the file.
    drop(store);
    while ended == Ended::StoreFailed {
        ended = tokio::select! {
            biased;
            () = &mut stop => Ended::Abandoned,
            ended = keep(&mut node, &mut mailbox, clock.clone(), perform, &mut tap) => ended,
        };
        if ended == Ended::StoreFailed && surroundings.open(&path).load().is_ok() {
            if let Some(tracer) = &tap {
                tracer.tell::<N::Input, N::Effect>(Happened::StoreFailed);
            }
            return Stopped::StoreFailed;
        }
    }
    Stopped::Asked
}
