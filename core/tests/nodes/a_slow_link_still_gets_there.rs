//! Heartbeats queue behind what is sent, so that not too much is sent at once.
use crate::pair::{Pair, mesh, timeout};
use strait_core::node::Change;

/// A zone behind a link of this rate is to get 300 policies; says after how many seconds it has, and how often a session ended.
fn seconds_and_ends(bytes_per_s: u64) -> (u64, usize) {
    let mut pair = Pair::new(&[]);
    pair.bytes_per_s = Some(bytes_per_s);
    let policies = (0..300).map(|n| Change::Put(timeout(&format!("t{n:03}"), 1)));
    pair.edit([Change::Put(mesh("default"))].into_iter().chain(policies).collect()).unwrap();
    pair.start_zone("east");
    for second in 1..600 {
        pair.run_for(1000);
        if pair.held("east", "MeshTimeout").len() == 300 {
            return (second, pair.ends);
        }
    }
    panic!("at {bytes_per_s} B/s nothing arrives within ten minutes; {} sessions ended, {:?} bytes", pair.ends, pair.carried);
}

#[test]
fn at_a_kilobyte_a_second() {
    let (seconds, ends) = seconds_and_ends(1000);
    assert_eq!(ends, 0, "no session is given up");
    assert!(seconds < 300, "{seconds} s");
}

#[test]
fn at_a_few_kilobytes_a_second() {
    for bytes_per_s in [2000, 5000, 20_000, 100_000] {
        let (seconds, ends) = seconds_and_ends(bytes_per_s);
        assert_eq!(ends, 0, "no session is given up at {bytes_per_s} B/s");
        // 300 policies are about 110 kB as JSON has it; heartbeats and answers come on top.
        assert!(seconds <= 5 + 200_000 / bytes_per_s, "{seconds} s at {bytes_per_s} B/s");
    }
}
