//! When to dial global: once at a time, with backoff between attempts.
use crate::{
    sync::{Dialect, backoff},
    time::Mono,
};
use rand::rngs::ChaCha8Rng;

/// The connection to global.
#[derive(Debug)]
pub(super) struct Link {
    state: State,
    rng: ChaCha8Rng,
    /// Attempts since the last useful session.
    attempts: u32,
    /// What global spoke last; decides which backoff it is owed.
    dialect: Dialect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting { until: Mono },
    Dialing,
    Open,
}

impl Link {
    pub(super) fn new(rng: ChaCha8Rng, now: Mono) -> Self {
        Self { state: State::Waiting { until: now }, rng, attempts: 0, dialect: Dialect::Strait }
    }

    pub(super) fn dial_at(&self) -> Option<Mono> {
        match self.state {
            State::Waiting { until } => Some(until),
            State::Dialing | State::Open => None,
        }
    }

    /// Begins an attempt if it is time, and says which.
    pub(super) fn dial(&mut self, now: Mono) -> Option<u32> {
        self.dial_at().filter(|at| *at <= now)?;
        self.state = State::Dialing;
        self.attempts += 1;
        Some(self.attempts)
    }

    pub(super) fn failed(&mut self, now: Mono) {
        self.wait(now);
    }

    pub(super) fn open(&mut self, dialect: Dialect) {
        self.dialect = dialect;
        self.state = State::Open;
    }

    pub(super) fn ended(&mut self, now: Mono, useful: bool) {
        if useful {
            self.attempts = 1;
        }
        self.wait(now);
    }

    fn wait(&mut self, now: Mono) {
        self.state = State::Waiting { until: now.after(backoff::wait(self.dialect, self.attempts, &mut self.rng)) };
    }
}
