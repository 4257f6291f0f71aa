//! One way of a link fails: what goes the other way arrives, both ends find out, and nobody connects until the heal.
use super::script::*;
use strait_core::{
    node::{DialError, GlobalInput, ZoneInput},
    sync::Dialect::Strait,
};
use strait_scenarios::world::{CutHow, Direction};

/// A Strait global and zone that hold the same.
fn straits() -> Script {
    let mut script = Script::new(&setup(7, Strait, &[("east", Strait)]));
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("retry", 1));
    script.run_for(5);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script
}

#[test]
fn what_goes_the_other_way_arrives() {
    for how in [CutHow::Stall, CutHow::Sever] {
        let mut script = straits();
        script.world.cut_oneway(&zone("east"), Direction::Down, how);
        script.put(&at("east"), service("backend"));
        script.put(&GLOBAL, timeout("later", 1));
        script.run_for(1);
        assert_eq!(script.held(&GLOBAL, "MeshService").len(), 1, "{how:?}");
        assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"], "{how:?}");

        let mut script = straits();
        script.world.cut_oneway(&zone("east"), Direction::Up, how);
        script.put(&at("east"), service("backend"));
        script.put(&GLOBAL, timeout("later", 1));
        script.run_for(1);
        assert_eq!(script.held(&GLOBAL, "MeshService").len(), 0, "{how:?}");
        assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2, "{how:?}");
    }
}

#[test]
fn both_ends_find_out() {
    for (way, how) in [(Direction::Down, CutHow::Stall), (Direction::Up, CutHow::Stall), (Direction::Up, CutHow::Sever)] {
        let mut script = straits();
        let cut = script.world.now();
        script.world.cut_oneway(&zone("east"), way, how);
        script.run_for(8);
        assert!(script.session(&at("east"), "east").is_none(), "{way:?}, {how:?}");
        assert!(script.session(&GLOBAL, "east").is_none(), "{way:?}, {how:?}");
        // Who hears nothing any more ends the session; the other end is told, over the way that works.
        match way {
            Direction::Down => assert!(script.told_global(cut, |input| matches!(input, GlobalInput::Closed { .. })).is_some()),
            Direction::Up => assert!(script.told("east", cut, |input| matches!(input, ZoneInput::Closed { .. })).is_some()),
        }
    }
}

#[test]
fn nobody_connects_over_half_a_link() {
    for way in Direction::BOTH {
        let mut script = straits();
        let cut = script.world.now();
        script.world.cut_oneway(&zone("east"), way, CutHow::Stall);
        script.run_for(30);
        let timed_out = |input: &ZoneInput| matches!(input, ZoneInput::Dialed(Err(DialError::TimedOut)));
        assert!(script.told("east", cut, timed_out).is_some(), "{way:?}");
        assert!(script.told("east", cut, |input| matches!(input, ZoneInput::Dialed(Ok(_)))).is_none(), "{way:?}");
        assert!(script.told_global(cut, |input| matches!(input, GlobalInput::Opened { .. })).is_none(), "{way:?}");
        script.world.heal(&zone("east"));
        script.run_for(20);
        assert!(script.session(&at("east"), "east").is_some(), "{way:?}");
        assert_eq!(Direction::BOTH.map(|way| script.world.is_cut(&zone("east"), way)), [None, None]);
    }
}

#[test]
fn a_way_that_was_severed_stays_dead_after_the_heal() {
    let mut script = straits();
    let before = script.session(&at("east"), "east");
    script.world.cut_oneway(&zone("east"), Direction::Down, CutHow::Sever);
    script.world.heal(&zone("east"));
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(2);
    assert_eq!(script.session(&at("east"), "east"), before);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script.run_for(20);
    assert_ne!(script.session(&at("east"), "east"), before);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
}
