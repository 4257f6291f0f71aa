//! What fails again and again is tried ever more rarely, and what lived for long at once.
use crate::backoff::Backoff;
use std::time::Duration;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn up_to_a_longest_pause() {
    let mut pauses = Backoff::new(seconds(1), seconds(30));
    let said: Vec<u64> = (0..8).map(|_| pauses.pause().as_secs()).collect();
    assert_eq!(said, [1, 2, 4, 8, 16, 30, 30, 30]);
}

#[test]
fn until_it_lived_for_a_minute() {
    let mut pauses = Backoff::new(seconds(1), seconds(30));
    let lives = [0, 0, 59, 60, 3, 600].map(seconds);
    assert_eq!(lives.map(|lived| pauses.pause_after(lived).as_secs()), [1, 2, 4, 1, 2, 1]);
}
