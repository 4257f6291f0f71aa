//! Every verb means the same in every world: one scenario for each, run in all of them.
#![allow(missing_docs, clippy::unwrap_used)]
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use strait_core::{Seed, sync::Dialect};
use strait_scenarios::{
    cannot::CANNOT,
    language, report,
    runner::{Options, Verdict, run},
    verbs::VERBS,
    world::{StoreKind, WorldKind},
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/conformance")
}

#[test]
fn every_verb_has_its_scenario() {
    let files: BTreeSet<String> =
        folder().read_dir().unwrap().map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let verbs: BTreeSet<String> = VERBS.iter().map(|facts| facts.name.to_owned()).collect();
    assert_eq!(files, verbs);
}

#[test]
fn every_verb_means_the_same_in_every_world() {
    for facts in VERBS {
        let scenario = language::load(&folder().join(format!("{}.yaml", facts.name))).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        for world in WorldKind::SIMULATED {
            let options = Options::new(Seed(7));
            let report = run(&scenario, world, &options, &strait_sim::world);
            match &report.verdict {
                Verdict::Passed => {}
                Verdict::Failed(_) => panic!("{}", report::failure(&report, "test").unwrap()),
                Verdict::Skipped(why) => {
                    assert!(CANNOT.iter().any(|(kind, _, known)| *kind == world && known == why), "{}: {why}", facts.name);
                }
            }
        }
    }
}

/// What a user says of disks and processes does not depend on what keeps the records.
#[test]
fn verbs_that_touch_disks_mean_the_same_where_redb_keeps_the_records() {
    for verb in ["backup", "crash", "disk", "kill", "power_loss", "restart", "restore"] {
        let mut scenario = language::load(&folder().join(format!("{verb}.yaml"))).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let setup = scenario.setup(Seed(7), None);
        let ours = setup.nodes().filter(|(_, dialect)| *dialect == Dialect::Strait);
        scenario.stores = ours.map(|(who, _)| (who, StoreKind::Redb)).collect();
        assert!(!scenario.stores.is_empty(), "{verb}: no control plane is ours");
        for world in WorldKind::SIMULATED {
            let report = run(&scenario, world, &Options::new(Seed(7)), &strait_sim::world);
            assert!(report.failure().is_none(), "{}", report::failure(&report, "test").unwrap());
        }
    }
}
