//! Two runs from one seed are equal, event by event; another seed gives another run.
use super::script::*;
use strait_core::sync::Dialect::{Kuma, Strait};

fn run(seed: u64) -> String {
    let mut script = Script::new(&setup(seed, Strait, &[("east", Strait), ("west", Kuma), ("north", Strait)]));
    script.put(&GLOBAL, mesh("default"));
    script.run_for(5);
    script.world.cut(&zone("east"), CutHow::Stall);
    script.put(&GLOBAL, timeout("retry", 1));
    script.world.power_loss(&at("north"));
    script.run_for(10);
    script.world.cut(&zone("east"), CutHow::Sever);
    script.world.kill(&at("west"));
    script.run_for(5);
    script.world.heal(&zone("east"));
    script.world.restart(&at("north"), Disk::Kept);
    script.world.restart(&GLOBAL, Disk::Kept);
    script.world.restart(&at("west"), Disk::Kept);
    script.put(&at("east"), service("backend"));
    script.run_for(30);
    format!("{:#?}{:?}", script.events, script.meters())
}

#[test]
fn equal_seeds_give_equal_runs() {
    let first = run(11);
    assert!(first == run(11));
    assert!(first != run(12));
}
