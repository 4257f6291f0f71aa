//! A stalled link delays what is sent, in order; if it heals before a ping stays unanswered, nobody noticed.
use super::script::*;
use strait_core::node::{GlobalInput, ZoneInput};
use strait_scenarios::world::CutHow;

#[test]
fn a_stall_delays_and_loses_nothing() {
    let mut script = kumas();
    let before = script.session(&at("east"), "east");
    script.world.cut(&zone("east"), CutHow::Stall);
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(10);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script.world.heal(&zone("east"));
    script.run_for(1);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
    assert_eq!(script.session(&at("east"), "east"), before);
}

#[test]
fn what_is_in_flight_feels_the_stall_too() {
    let mut script = kumas();
    script.put(&GLOBAL, timeout("later", 1));
    // The response leaves within a second, and is under way for at least 20 ms.
    let left = script.meters().links[&(GLOBAL, at("east"))].transfers;
    while script.meters().links[&(GLOBAL, at("east"))].transfers == left {
        script.run_for_ms(1);
    }
    script.world.cut(&zone("east"), CutHow::Stall);
    script.run_for(5);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script.world.heal(&zone("east"));
    script.run_for_ms(100);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
}

#[test]
fn a_long_stall_ends_the_connection_at_both_ends_by_ping() {
    let mut script = kumas();
    let cut = script.world.now();
    script.world.cut(&zone("east"), CutHow::Stall);
    script.run_for(40);
    let zone_noticed = script.told("east", cut, |input| matches!(input, ZoneInput::Closed { .. })).unwrap();
    let global_noticed = script.told_global(cut, |input| matches!(input, GlobalInput::Closed { .. })).unwrap();
    for noticed in [zone_noticed, global_noticed] {
        assert!((15..=30).contains(&noticed.since(cut).as_secs()), "noticed at {noticed}, cut at {cut}");
    }
    script.world.heal(&zone("east"));
    script.run_for(70);
    assert!(script.session(&at("east"), "east").is_some());
}
