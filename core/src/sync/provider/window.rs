//! How much may be under way to one peer: it grows while answers come quickly, and shrinks when they come late.
//!
//! Heartbeats queue behind what is under way. On a slow link a fixed window would hold them back until the peer takes the
//! session for dead, so the window follows the link: what is under way should have been answered within a second or two.
use crate::time::Mono;
use std::time::Duration;

/// Where a process begins: at 1 kB/s, heartbeats behind it are still in time.
const FIRST: usize = 4 << 10;
/// The smallest window.
const SMALLEST: usize = 1 << 10;
/// The largest: 10 MB/s over a round trip of 100 ms.
const LARGEST: usize = 1 << 20;
/// How many parts may be under way: each kind is a part of its own, so that a first transfer has dozens of small ones.
const MOST_PARTS: usize = 64;
/// The largest part. A resource that is larger is a part of its own.
const LARGEST_PART: usize = 64 << 10;
/// An answer that took longer than the fastest by no more than this found no queue.
const PROMPT: Duration = Duration::from_millis(500);
/// An answer that took longer than the fastest by more than this found too long a queue.
const LATE: Duration = Duration::from_millis(1500);

/// The window towards one peer, in bytes. Kept from session to session.
#[derive(Debug)]
pub(crate) struct Window {
    bytes: usize,
    /// The fastest answer of this session: what the way itself takes.
    fastest: Option<Duration>,
    /// What was sent before this was sent into a larger window.
    shrunk_at: Mono,
}

impl Window {
    /// The session ended; if something was unanswered, it may have been too much.
    pub(crate) fn end_session(&mut self, something_was_under_way: bool) {
        self.fastest = None;
        if something_was_under_way {
            self.bytes = (self.bytes / 4).max(SMALLEST);
        }
    }

    /// How large a part may be that is cut now.
    pub(crate) fn part_bytes(&self) -> usize {
        (self.bytes / 4).clamp(SMALLEST, LARGEST_PART)
    }

    /// Whether a part of `next` bytes may follow what is under way. If nothing is, anything may.
    pub(crate) fn allows(&self, next: usize, parts: usize, bytes: usize) -> bool {
        parts == 0 || (parts < MOST_PARTS && bytes + next <= self.bytes)
    }

    /// A part of `bytes`, sent at `sent`, was answered. `was_full`: the window was what held further ones back.
    pub(crate) fn answered(&mut self, now: Mono, sent: Mono, bytes: usize, was_full: bool) {
        let took = now.since(sent);
        let fastest = *self.fastest.insert(self.fastest.map_or(took, |fastest| fastest.min(took)));
        let queued = took.saturating_sub(fastest);
        if queued > LATE && sent >= self.shrunk_at {
            self.bytes = (self.bytes / 2).max(SMALLEST);
            self.shrunk_at = now;
        } else if queued <= PROMPT && was_full {
            self.bytes = (self.bytes + bytes).min(LARGEST);
        }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self { bytes: FIRST, fastest: None, shrunk_at: Mono(0) }
    }
}
