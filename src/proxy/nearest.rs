//! In which order control planes are asked.
use std::time::Duration;

/// The one first that took the least time to be reached; those last that were not reached, which may only have been slow. Otherwise in the
/// order in which they were given.
pub(super) fn nearest_first<T>(mut measured: Vec<(T, Option<Duration>)>) -> Vec<T> {
    measured.sort_by_key(|(_, took)| took.unwrap_or(Duration::MAX));
    measured.into_iter().map(|(control_plane, _)| control_plane).collect()
}
