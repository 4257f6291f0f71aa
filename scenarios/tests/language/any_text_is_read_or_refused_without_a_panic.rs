//! Any text is read or refused, without a panic.
use super::written::{TOPOLOGY, load};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        drop(load(&text));
    }

    #[test]
    fn any_text_that_looks_like_a_scenario(text in "[a-z:{}\\[\\] \n\"'|#&*,-]{0,200}") {
        drop(load(&format!("{TOPOLOGY}steps:\n  - {text}")));
    }

    #[test]
    fn a_scenario_with_a_piece_cut_out(from in 0_usize..700, length in 1_usize..80) {
        let whole = format!("{}steps:\n  - cut: {{ between: overseas, how: stall }}\n  - expect: {{ stale: west, at_least: 5s, within: 10s }}\n  - apply:\n      at: global\n      inline: |\n        type: MeshRetry\n        name: x\n        spec: {{ targetRef: {{ kind: Mesh }} }}\n", TOPOLOGY.trim_start());
        let from = from.min(whole.len());
        let upto = (from + length).min(whole.len());
        drop(load(&format!("{}{}", &whole[..from], &whole[upto..])));
    }
}
