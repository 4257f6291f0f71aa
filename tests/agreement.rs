//! Worlds that do not agree are told so: by verdict, and by what a run cost.
#![allow(missing_docs, clippy::unwrap_used)]
use std::path::Path;
use strait_core::Seed;
use strait_scenarios::{
    language,
    report::agreement,
    runner::{Options, Report, Verdict, run},
    world::WorldKind,
};

/// A run in the model, and one that is said to be in another world.
fn pair(change: impl FnOnce(&mut Report)) -> [Report; 2] {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/conformance/apply.yaml");
    let scenario = language::load(&file).unwrap();
    let here = run(&scenario, WorldKind::Model, &Options::new(Seed(1)), &strait_sim::world);
    assert!(matches!(here.verdict, Verdict::Passed));
    let mut there = Report { world: WorldKind::Netns, ..here.clone() };
    change(&mut there);
    [here, there]
}

#[test]
fn equal_runs_agree_and_stand_in_one_row() {
    let agreed = agreement(&pair(|_| {}));
    assert!(agreed.different.is_empty());
    assert_eq!(agreed.text.lines().count(), 2, "{}", agreed.text);
    assert!(agreed.text.contains("apply     model | netns  passed"), "{}", agreed.text);
}

#[test]
fn another_verdict_is_a_difference() {
    let failed = run_that_fails();
    let agreed = agreement(&pair(|there| there.verdict = failed));
    assert_eq!(agreed.different, ["apply: passed in model, FAILED S8 in netns"]);
}

fn run_that_fails() -> Verdict {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/conformance/delete.yaml");
    let options = Options { sabotage: Some("ack-before-stored".to_owned()), ..Options::new(Seed(1)) };
    run(&language::load(&file).unwrap(), WorldKind::Model, &options, &strait_sim::world).verdict
}

#[test]
fn a_cost_out_of_bounds_is_a_difference() {
    let agreed = agreement(&pair(|there| there.cost.snapshots += 10));
    assert_eq!(agreed.different, ["apply: snapshots: 1 in model, 11 in netns, and no reason is listed"]);
    let agreed = agreement(&pair(|there| there.cost.links.values_mut().for_each(|link| link.bytes *= 10)));
    assert_eq!(agreed.different.len(), 1);
    assert!(agreed.different[0].starts_with("apply: bytes: "), "{:?}", agreed.different);
}

#[test]
fn what_ran_in_one_world_only_is_compared_with_nothing() {
    let [here, mut there] = pair(|_| {});
    there.verdict = Verdict::Skipped("it cannot".to_owned());
    let agreed = agreement(&[here, there]);
    assert!(agreed.different.is_empty() && agreed.text.is_empty());
}
