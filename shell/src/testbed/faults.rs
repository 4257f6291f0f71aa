//! What is to be wrong with a process and its host.
use super::HostClock;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strait_core::resource::Key;

/// All of it, as one line of JSON; each new line replaces what the last one said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// What `CLOCK_MONOTONIC` showed when the testbed's world began, in nanoseconds: the clocks of all its hosts count from there.
    pub began_ns: u64,
    /// The number of the first session, so that those of one process can be told from those of the next.
    pub first_session: u64,
    /// The clocks of the host.
    pub clock: HostClock,
    /// The disk.
    pub disk: DiskFault,
    /// What this build is too old to read; only a build of a testbed knows how to be.
    pub unreadable: BTreeSet<Key>,
}

impl Faults {
    /// Reads a line.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| format!("`{line}`: {error}"))
    }
}

/// What is wrong with a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskFault {
    /// Nothing.
    #[default]
    None,
    /// No write finds room.
    Full,
    /// Each sync takes so many milliseconds more.
    Slow(u64),
    /// Whatever is read or written fails.
    Failing,
    /// Writes are taken, and syncs fail.
    FailingToSync,
}
