//! The history of one store: where each start began, how far it has come, and which stretches an operator gave up.
//!
//! *To delete is to have known.* A receiver applies deletions only from an owner whose lineage contains the position that the
//! receiver holds. A restored backup or an emptied disk begins a new stretch before that position, so it is off the lineage.
use super::{Epoch, Position};
use serde::{Deserialize, Serialize};

/// Starts that wrote nothing are forgotten beyond this number; they only serve to tell a zombie from its successor.
const REMEMBERED_EMPTY_STARTS: usize = 64;

/// So many starts that wrote something are remembered; of the stretches before, only where the last one ended. Whoever holds a
/// position in one that is forgotten is off the lineage: it freezes, and an operator decides.
const REMEMBERED_STARTS: usize = 128;
/// So many stretches that were given up are remembered.
const REMEMBERED_ABANDONED: usize = 128;

/// What anyone may say of a history.
const MOST_SAID: usize = 1000;

/// The history of one store.
///
/// What a peer or a store says is checked when it is read, so that a value of this type always has a birth, and is in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Claimed")]
pub struct Lineage {
    /// Each start of the owner: its epoch, and the first sequence it could write. Ascending in the sequence.
    starts: Vec<(Epoch, u64)>,
    /// Positions given up by an operator's `adopt`: all up to and including `seq` of that epoch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    abandoned: Vec<Position>,
    /// The last sequence written.
    head: u64,
}

/// A lineage as somebody says it is.
#[derive(Deserialize)]
struct Claimed {
    starts: Vec<(Epoch, u64)>,
    #[serde(default)]
    abandoned: Vec<Position>,
    head: u64,
}

impl TryFrom<Claimed> for Lineage {
    type Error = &'static str;

    fn try_from(claimed: Claimed) -> Result<Self, &'static str> {
        let Claimed { starts, abandoned, head } = claimed;
        if starts.first().is_none_or(|(_, first)| *first != 0) {
            return Err("a history has a birth: its first start is at sequence 0");
        }
        if starts.len() + abandoned.len() > MOST_SAID {
            return Err("a history has at most 1,000 starts and stretches given up");
        }
        if starts.windows(2).any(|pair| pair[0].1 > pair[1].1) {
            return Err("the starts of a history ascend in their sequence");
        }
        if starts.last().is_some_and(|(_, first)| *first > head.saturating_add(1)) {
            return Err("a history cannot have a start beyond its head");
        }
        if head == u64::MAX {
            return Err("a history goes on, so that its head is below the largest number");
        }
        Ok(Self { starts, abandoned, head })
    }
}

/// How a position stands to a lineage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Part of this history.
    Contained,
    /// Part of a stretch that an operator gave up: a full transfer replaces what was held.
    Abandoned,
    /// Neither: history has forked.
    Forked,
}

impl Lineage {
    /// The history of a store that begins now.
    pub fn born(epoch: Epoch) -> Self {
        Self { starts: vec![(epoch, 0)], abandoned: Vec::new(), head: 0 }
    }

    /// Appends a start of the owner.
    pub fn start(&mut self, epoch: Epoch) {
        self.starts.push((epoch, self.head + 1));
        self.forget_empty_starts();
        self.forget_old_starts();
    }

    /// Takes the next sequence number.
    pub fn advance(&mut self) -> Position {
        self.head += 1;
        self.head()
    }

    /// The same history, as it would be if it had come that far.
    pub(crate) fn at(&self, head: u64) -> Self {
        Self { head: self.head.max(head), ..self.clone() }
    }

    /// Gives up the stretch that ends at `held`, so that whoever holds a part of it may be reset.
    pub fn abandon(&mut self, held: Position) {
        if self.standing(held) != Standing::Forked {
            return;
        }
        match self.abandoned.iter_mut().find(|position| position.epoch == held.epoch) {
            Some(position) => position.seq = position.seq.max(held.seq),
            None => self.abandoned.push(held),
        }
        self.abandoned.drain(..self.abandoned.len().saturating_sub(REMEMBERED_ABANDONED));
    }

    /// The last position written.
    pub fn head(&self) -> Position {
        Position { epoch: self.epoch_of(self.head), seq: self.head }
    }

    /// The epochs of all starts that are remembered, the newest last.
    pub fn starts(&self) -> impl Iterator<Item = Epoch> {
        self.starts.iter().map(|(epoch, _)| *epoch)
    }

    /// The epoch of the newest start.
    pub fn newest_epoch(&self) -> Epoch {
        self.starts.last().expect("a lineage has at least its birth").0
    }

    /// How `held` stands to this history.
    pub fn standing(&self, held: Position) -> Standing {
        if held.seq <= self.head && self.epoch_of(held.seq) == held.epoch {
            Standing::Contained
        } else if self.abandoned.iter().any(|end| end.epoch == held.epoch && held.seq <= end.seq) {
            Standing::Abandoned
        } else {
            Standing::Forked
        }
    }

    /// Whether the newest start of `other` is one of ours: then `other` is an earlier process over the same store, or this one.
    pub fn contains_newest_start_of(&self, other: &Self) -> bool {
        self.starts.iter().any(|(epoch, _)| *epoch == other.newest_epoch())
    }

    fn epoch_of(&self, seq: u64) -> Epoch {
        let after = self.starts.partition_point(|(_, first)| *first <= seq);
        self.starts[after.saturating_sub(1)].0
    }

    fn forget_empty_starts(&mut self) {
        let wrote_something = |index: usize, starts: &[(Epoch, u64)]| starts.get(index + 1).is_none_or(|next| next.1 > starts[index].1);
        let empty: Vec<usize> = (1..self.starts.len()).filter(|index| !wrote_something(*index, &self.starts)).collect();
        for index in empty.iter().take(empty.len().saturating_sub(REMEMBERED_EMPTY_STARTS)).rev() {
            self.starts.remove(*index);
        }
    }
    /// The oldest stretches become one, under the newest epoch of them: nobody holds a position of that epoch from before it began.
    fn forget_old_starts(&mut self) {
        let surplus = self.starts.len().saturating_sub(REMEMBERED_STARTS + REMEMBERED_EMPTY_STARTS);
        if surplus > 0 {
            self.starts.drain(..surplus);
            self.starts[0].1 = 0;
        }
    }
}
