//! What is too large for every test run can at least be read. `strait scenario run scenarios/at-scale` runs it.
#![allow(missing_docs, clippy::unwrap_used)]
use std::path::Path;
use strait_scenarios::language;

#[test]
fn what_runs_at_scale_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/at-scale");
    let mut zones = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let scenario = language::load(&entry.unwrap().path()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        zones.push(scenario.zones.len());
    }
    assert!(zones.contains(&1000), "{zones:?}");
}
