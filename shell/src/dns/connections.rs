//! Which TCP connections there are, and which one goes when there are too many.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// So many are served at a time on one port. For one more, the one that has asked nothing for longest is closed (RFC 7766, section 6.2.3), so
/// that idle ones keep nobody out.
pub const MOST_CONNECTIONS: usize = 256;

/// The connections of one port, in the order in which they last asked something.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Turns>);

#[derive(Debug, Default)]
struct Turns {
    last: u64,
    /// Dropping the sender closes the connection.
    open: BTreeMap<u64, oneshot::Sender<()>>,
}

/// The place of one connection, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    of: Arc<Connections>,
    turn: u64,
}

impl Connections {
    /// A place for one more; and what resolves when it is to make room.
    pub(super) fn enter(self: &Arc<Self>) -> (Place, oneshot::Receiver<()>) {
        let (keep, closed) = oneshot::channel();
        let mut turns = self.turns();
        if turns.open.len() >= MOST_CONNECTIONS {
            turns.open.pop_first();
        }
        let turn = turns.next();
        turns.open.insert(turn, keep);
        drop(turns);
        (Place { of: Arc::clone(self), turn }, closed)
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turns {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Place {
    /// Its connection has asked something.
    pub(super) fn asked(&mut self) {
        let mut turns = self.of.turns();
        if let Some(keep) = turns.open.remove(&self.turn) {
            let turn = turns.next();
            turns.open.insert(turn, keep);
            drop(turns);
            self.turn = turn;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.turns().open.remove(&self.turn);
    }
}
