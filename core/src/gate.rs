//! Durable before visible: what reveals a change is held here until the store reports the change durable.
//!
//! One queue per node, first in first out, so that no message of a session can overtake another. What reveals nothing new
//! (dialling, hanging up, heartbeats that report durable positions) does not pass through here at all.
use crate::machine::{Batch, Emit, Lsn, Out, StoreKey};
use std::collections::VecDeque;

/// Numbers the batches of one process and holds back what depends on them.
#[derive(Debug)]
pub struct Gate<H> {
    last: Lsn,
    durable: Lsn,
    held: VecDeque<(Lsn, H)>,
}

impl<H> Gate<H> {
    /// A gate of a process that has stored nothing yet.
    pub fn new() -> Self {
        Self { last: Lsn(0), durable: Lsn(0), held: VecDeque::new() }
    }

    /// Emits a batch, unless it is empty. Everything held from now on waits for it.
    pub fn store<E>(&mut self, put: Vec<(StoreKey, Vec<u8>)>, delete: Vec<StoreKey>, out: &mut Out<E>) {
        if put.is_empty() && delete.is_empty() {
            return;
        }
        self.last = Lsn(self.last.0 + 1);
        out.push(Emit::Store(Batch { lsn: self.last, put, delete }));
    }

    /// Holds `item` until all that was stored so far is durable. Returns it at once if it already is.
    #[must_use = "an item that need not wait is handed back"]
    pub fn hold(&mut self, item: H) -> Option<H> {
        if self.last <= self.durable && self.held.is_empty() {
            return Some(item);
        }
        self.held.push_back((self.last, item));
        None
    }

    /// Everything up to `upto` is durable: gives back what waited for it, in order.
    pub fn open(&mut self, upto: Lsn) -> Vec<H> {
        assert!(upto <= self.last, "the store reported batch {} durable, but only {} were stored", upto.0, self.last.0);
        self.durable = self.durable.max(upto);
        let ready = self.held.iter().take_while(|(lsn, _)| *lsn <= self.durable).count();
        self.held.drain(..ready).map(|(_, item)| item).collect()
    }

    /// The store failed: what waits will never be durable. Gives it back. What is held from now on no longer waits.
    pub fn fail(&mut self) -> Vec<H> {
        self.durable = self.last;
        self.held.drain(..).map(|(_, item)| item).collect()
    }

    /// How many batches were stored but not yet reported durable.
    pub fn outstanding(&self) -> u64 {
        self.last.0 - self.durable.0
    }
}

impl<H> Default for Gate<H> {
    fn default() -> Self {
        Self::new()
    }
}
