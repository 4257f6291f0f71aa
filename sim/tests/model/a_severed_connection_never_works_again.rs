//! A severed link kills the connections over it: nothing passes, even after the heal, and their ends notice late.
use super::script::*;
use strait_core::node::{GlobalInput, ZoneInput};
use strait_scenarios::world::{CutHow, Disk};

#[test]
fn a_severed_connection_never_works_again() {
    let mut script = kumas();
    let before = script.session(&at("east"), "east");
    let cut = script.world.now();
    script.world.cut(&zone("east"), CutHow::Sever);
    script.run_for(1);
    script.world.heal(&zone("east"));
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(13);
    // The zombie: both ends believe in it, nothing passes.
    assert_eq!(script.session(&at("east"), "east"), before);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script.run_for(30);
    let noticed = script.told("east", cut, |input| matches!(input, ZoneInput::Closed { .. })).unwrap();
    assert!((15..=30).contains(&noticed.since(cut).as_secs()));
    assert_ne!(script.session(&at("east"), "east"), before);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
}

#[test]
fn the_zombie_at_global_may_outlive_a_new_session() {
    let mut script = kumas();
    let cut = script.world.now();
    script.world.cut(&zone("east"), CutHow::Sever);
    script.world.heal(&zone("east"));
    // A restarted zone does not wait for its pings: for a while global has two sessions of it.
    script.world.restart(&at("east"), Disk::Kept);
    script.run_for(60);
    let opened = script.told_global(cut, |input| matches!(input, GlobalInput::Opened { .. })).unwrap();
    let closed = script.told_global(cut, |input| matches!(input, GlobalInput::Closed { .. })).unwrap();
    assert!(opened.since(cut).as_secs() < 1);
    assert!((15..=30).contains(&closed.since(cut).as_secs()));
    // The end of the zombie is not the end of its successor.
    assert!(script.session(&GLOBAL, "east").is_some());
}
