//! Whatever happens to links, hosts and disks, and whatever users and operators decide meanwhile: no invariant breaks, and once the faults
//! end all converge and fall silent.
use proptest::prelude::*;
use strait_core::Seed;
use strait_scenarios::{
    explore::{Case, Judged, explore_case},
    report,
    world::WorldKind::{self, Model, Turmoil},
};

/// The operations are data, so that proptest leaves out those that do not matter; the rest follows from the seed.
fn case() -> impl Strategy<Value = Case> {
    (any::<u64>().no_shrink(), proptest::collection::vec(any::<[u16; 6]>(), 1..=40)).prop_map(|(seed, words)| Case::of(Seed(seed), &words))
}

fn check(world: WorldKind, case: &Case) {
    let explored = explore_case(case, &Judged { world, invariants: None, sabotage: None }, &strait_sim::world);
    if let Some(failed) = report::failure(&explored.report, "test") {
        panic!("{failed}\n{}", explored.written("found", "Found by proptest."));
    }
}

/// 64, or what `PROPTEST_CASES` says.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64)
}

fn bounded(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_time: 30_000, ..ProptestConfig::with_cases(cases) }
}

proptest! {
    #![proptest_config(bounded(cases()))]

    #[test]
    fn in_model(case in case()) {
        check(Model, &case);
    }
}

proptest! {
    #![proptest_config(bounded(cases() / 16))]

    #[test]
    fn in_turmoil(case in case()) {
        check(Turmoil, &case);
    }
}
