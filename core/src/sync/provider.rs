//! The side of a lane that owns the resources: what to send next to one peer.
mod kuma;
mod outgoing;
mod strait;
mod window;

pub(crate) use kuma::KumaProvider;
pub(crate) use strait::{Asked, StraitProvider};

use super::{Epoch, Nonce, Session, clocks};
use crate::{resource::WireKey, time::Mono};
use std::{collections::BTreeMap, time::Duration};

/// Gives names to responses: never the same twice within a session, and others in each session of each start. An answer that comes late from
/// another session is then an answer to nothing.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    session: u64,
    count: u64,
}

impl Nonces {
    /// For a session of the start that began this epoch.
    pub(crate) fn of(epoch: Epoch, session: Session) -> Self {
        // Spread over all bits, of which some are enough.
        Self { session: (epoch.0 ^ session.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 40, count: 0 }
    }

    fn next(&mut self) -> Nonce {
        self.count += 1;
        Nonce(format!("{:x}.{}", self.session, self.count))
    }
}

/// What a peer refused, and when to offer it again.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    waiting: BTreeMap<WireKey, (u32, Mono)>,
}

impl Refused {
    pub(crate) fn add(&mut self, key: WireKey, now: Mono) {
        let attempt = self.waiting.get(&key).map_or(0, |(attempt, _)| *attempt) + 1;
        self.waiting.insert(key, (attempt, now.after(retry_after(attempt))));
    }

    pub(crate) fn settle(&mut self, key: &WireKey) -> bool {
        self.waiting.remove(key).is_some()
    }

    pub(crate) fn due(&self, now: Mono) -> impl Iterator<Item = &WireKey> {
        self.waiting.iter().filter(move |(_, (_, at))| *at <= now).map(|(key, _)| key)
    }

    pub(crate) fn next_due(&self) -> Option<Mono> {
        self.waiting.values().map(|(_, at)| *at).min()
    }

    pub(crate) fn next_due_of(&self, is_meant: impl Fn(&WireKey) -> bool) -> Option<Mono> {
        self.waiting.iter().filter(|(key, _)| is_meant(key)).map(|(_, (_, at))| *at).min()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &WireKey> {
        self.waiting.keys()
    }

    /// Offered again now: not due before the answer came, or for a while if none comes.
    fn offered(&mut self, key: &WireKey, now: Mono) {
        if let Some((attempt, at)) = self.waiting.get_mut(key) {
            *at = now.after(retry_after(*attempt));
        }
    }
}

fn retry_after(attempt: u32) -> Duration {
    clocks::RETRY_BASE.saturating_mul(1 << attempt.saturating_sub(1).min(8)).min(clocks::RETRY_CAP)
}
