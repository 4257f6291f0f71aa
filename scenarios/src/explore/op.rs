//! One operation of a case: plain data, made of a few numbers.
use super::ops::OpFacts;
use std::fmt;

/// Something that may be done in a case.
#[derive(Clone, Copy, PartialEq)]
pub struct Op {
    /// After the one before, in milliseconds.
    pub after_ms: u32,
    /// What.
    pub facts: &'static OpFacts,
    /// About what: each number is taken modulo the things that there are by then.
    pub which: [u16; 4],
}

impl Op {
    /// The operation that these numbers say, of those that a case uses. Smaller numbers say simpler things.
    pub fn of(words: [u16; 6], enabled: &[&'static OpFacts]) -> Option<Self> {
        let [after, what, which @ ..] = words;
        let all: u32 = enabled.iter().map(|facts| facts.weight).sum();
        let mut left = u32::from(what).checked_rem(all)?;
        let facts = enabled.iter().find(|facts| {
            let found = left < facts.weight;
            left = left.saturating_sub(facts.weight);
            found
        })?;
        Some(Self { after_ms: after_ms(after), facts, which })
    }
}

/// Half of the time things follow at once, so that they meet on their way; seldom all comes to rest between them.
fn after_ms(word: u16) -> u32 {
    let (class, within) = (word / 4096, u32::from(word % 4096));
    match class {
        0..8 => within % 64,
        8..14 => within,
        _ => within * 8,
    }
}

impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms: {} {:?}", self.after_ms, self.facts.name, self.which)
    }
}

/// Picks by the numbers of an operation, one after the other.
pub(super) struct Pick {
    words: [u16; 4],
    taken: usize,
}

impl Pick {
    pub(super) fn new(op: &Op) -> Self {
        Self { words: op.which, taken: 0 }
    }

    fn word(&mut self) -> usize {
        let (index, round) = (self.taken % 4, self.taken / 4);
        self.taken += 1;
        // The same word serves again, but says something else.
        usize::from(self.words[index].rotate_left(u32::try_from(round * 5 % 16).unwrap_or_default()))
    }

    /// A number below that; 0 for 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.word().checked_rem(end).unwrap_or_default()
    }

    /// One of these; `None`: there is none.
    pub(super) fn one_of<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        let index = self.below(items.len());
        items.get(index).cloned()
    }
}
