//! What a life is lived in: the machine as it is, or a testbed.
use crate::{
    drive::{Clock, Clocks},
    store::RedbStore,
    testbed::{FaultyFile, Testbed, TestbedClock, Tracer},
};
use std::path::Path;
use strait_core::time::{Mono, Now};

/// What a life is lived in.
#[derive(Clone, Debug)]
pub enum Surroundings {
    /// The machine as it is.
    Machine,
    /// A testbed, which hears of every step, and makes the clock and the disk go wrong.
    Testbed(Testbed),
}

impl Surroundings {
    /// The number of the first session.
    pub fn first_session(&self) -> u64 {
        match self {
            Self::Machine => 1,
            Self::Testbed(testbed) => testbed.faults().borrow().first_session,
        }
    }

    /// The store in a file.
    pub(super) fn open(&self, path: &Path) -> RedbStore {
        match self {
            Self::Machine => RedbStore::file(path),
            Self::Testbed(testbed) => {
                let faults = testbed.faults();
                RedbStore::file_through(path, move |file, path| FaultyFile::new(file, path, faults))
            }
        }
    }

    /// Clocks that show this now, if they are the machine's.
    pub(super) fn clock(&self, now: Now) -> LifeClock {
        match self {
            Self::Machine => LifeClock::Machine(Clock::showing(now)),
            Self::Testbed(testbed) => LifeClock::Testbed(testbed.clock()),
        }
    }

    /// What tells of every step.
    pub fn tracer(&self) -> Option<Tracer> {
        match self {
            Self::Machine => None,
            Self::Testbed(testbed) => Some(testbed.tracer()),
        }
    }
}

/// The clocks of a life.
#[derive(Clone, Debug)]
pub(super) enum LifeClock {
    Machine(Clock),
    Testbed(TestbedClock),
}

impl Clocks for LifeClock {
    fn now(&self) -> Now {
        match self {
            Self::Machine(clock) => clock.now(),
            Self::Testbed(clock) => clock.now(),
        }
    }

    async fn reach(&self, at: Mono) {
        match self {
            Self::Machine(clock) => clock.reach(at).await,
            Self::Testbed(clock) => clock.reach(at).await,
        }
    }
}
