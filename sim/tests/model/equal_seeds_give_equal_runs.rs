//! Two runs from one seed are equal, event by event; another seed gives another run.
use super::script::*;
use strait_core::sync::Dialect::{Kuma, Strait};
use strait_scenarios::world::{CutHow, Disk};

fn run(seed: u64) -> String {
    let mut script = Script::new(&setup(seed, Strait, &[("east", Strait), ("west", Kuma), ("north", Strait)]));
    script.put(&GLOBAL, mesh("default"));
    script.run_for(5);
    script.world.cut(&zone("east"), CutHow::Stall);
    script.put(&GLOBAL, timeout("retry", 1));
    script.world.power_loss(&at("north"));
    script.run_for(20);
    script.world.heal(&zone("east"));
    script.world.restart(&at("north"), Disk::Kept);
    script.put(&at("east"), service("backend"));
    script.run_for(60);
    format!("{:#?}{:?}", script.events, script.meters())
}

#[test]
fn equal_seeds_give_equal_runs() {
    let first = run(11);
    assert_eq!(first, run(11));
    assert_ne!(first, run(12));
}
