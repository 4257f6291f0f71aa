//! One way of a link fails: what goes the other way arrives, both ends find out, and nobody connects until the heal.
use super::script::*;
use strait_core::node::{DialError, ZoneInput};
use strait_scenarios::world::Direction;

const HOW: [CutHow; 2] = [CutHow::Stall, CutHow::Sever];

#[test]
fn what_goes_the_other_way_arrives() {
    for how in HOW {
        for (way, at_global, at_zone) in [(Direction::Down, 1, 1), (Direction::Up, 0, 2)] {
            let mut script = straits();
            script.world.cut_oneway(&zone("east"), way, how);
            script.put(&at("east"), service("backend"));
            script.put(&GLOBAL, timeout("later", 1));
            script.run_for(1);
            assert_eq!(script.held(&GLOBAL, "MeshService").len(), at_global, "{way:?}, {how:?}");
            assert_eq!(script.held(&at("east"), "MeshTimeout").len(), at_zone, "{way:?}, {how:?}");
        }
    }
}

#[test]
fn a_short_stall_of_one_way_loses_nothing() {
    for way in Direction::BOTH {
        let mut script = straits();
        let before = script.session(&at("east"), "east");
        script.world.cut_oneway(&zone("east"), way, CutHow::Stall);
        script.put(&at("east"), service("backend"));
        script.put(&GLOBAL, timeout("later", 1));
        script.run_for(3);
        script.world.heal(&zone("east"));
        script.run_for(1);
        assert_eq!(script.held(&GLOBAL, "MeshService").len(), 1, "{way:?}");
        assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2, "{way:?}");
        assert_eq!(script.session(&at("east"), "east"), before, "{way:?}");
    }
}

#[test]
fn both_ends_find_out_and_nobody_connects_over_half_a_link() {
    for (way, how) in Direction::BOTH.into_iter().flat_map(|way| HOW.map(|how| (way, how))) {
        let mut script = straits();
        let cut = script.world.now();
        script.world.cut_oneway(&zone("east"), way, how);
        script.run_for(8);
        assert!(script.session(&at("east"), "east").is_none(), "{way:?}, {how:?}");
        assert!(script.session(&GLOBAL, "east").is_none(), "{way:?}, {how:?}");
        script.run_for(22);
        let timed_out = |input: &ZoneInput| matches!(input, ZoneInput::Dialed(Err(DialError::TimedOut)));
        assert!(script.told("east", cut, timed_out).is_some(), "{way:?}, {how:?}");
        assert!(script.told("east", cut, |input| matches!(input, ZoneInput::Dialed(Ok(_)))).is_none(), "{way:?}, {how:?}");
        script.world.heal(&zone("east"));
        script.run_for(20);
        assert!(script.session(&at("east"), "east").is_some(), "{way:?}, {how:?}");
    }
}

#[test]
fn what_a_kernel_says_waits_for_the_heal_too() {
    let mut script = straits();
    let cut = script.world.now();
    script.world.cut_oneway(&zone("east"), Direction::Down, CutHow::Stall);
    script.world.kill(&GLOBAL);
    script.run_for(2);
    assert!(script.told("east", cut, |input| matches!(input, ZoneInput::Closed { .. })).is_none());
    script.world.heal(&zone("east"));
    script.run_for(1);
    assert!(script.told("east", cut, |input| matches!(input, ZoneInput::Closed { .. })).is_some());
}
