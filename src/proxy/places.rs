//! Which connections are passed on, and which one goes when there are too many.
//!
//! Any process of the machine can connect. So who says nothing goes first, and whoever has been served for a while last.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// What is known of a connection; for more of it others go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It has said nothing.
    Silent,
    /// It has said something.
    Speaks,
    /// It went on speaking when it had been served for a while.
    Served,
}

/// Places for so many.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    turns: Mutex<Turns>,
}

#[derive(Debug, Default)]
struct Turns {
    last: u64,
    /// In the order in which they go. Dropping the sender closes the connection.
    held: BTreeMap<(Standing, u64), oneshot::Sender<()>>,
}

/// The place of one connection, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    of: Arc<Places>,
    rank: (Standing, u64),
}

impl Places {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, turns: Mutex::default() })
    }

    /// A place for one more; and what resolves when it is to make room. Of those who stand alike, the one goes that was silent for longest.
    pub(super) fn enter(self: &Arc<Self>) -> (Place, oneshot::Receiver<()>) {
        let (keep, closed) = oneshot::channel();
        let mut turns = self.turns();
        if turns.held.len() >= self.most {
            turns.held.pop_first();
        }
        let rank = (Standing::Silent, turns.next());
        turns.held.insert(rank, keep);
        drop(turns);
        (Place { of: Arc::clone(self), rank }, closed)
    }

    /// Whether somebody is served.
    pub(super) fn serves(&self) -> bool {
        self.turns().held.last_key_value().is_some_and(|((standing, _), _)| *standing == Standing::Served)
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turns {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl Place {
    /// Its connection said something just now, and stands so.
    pub(super) fn spoke(&mut self, standing: Standing) {
        let mut turns = self.of.turns();
        if let Some(keep) = turns.held.remove(&self.rank) {
            let rank = (standing, turns.next());
            turns.held.insert(rank, keep);
            drop(turns);
            self.rank = rank;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.turns().held.remove(&self.rank);
    }
}
