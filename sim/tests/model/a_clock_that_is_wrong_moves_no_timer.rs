//! A wall clock that jumps is seen by nobody's timers; clocks that drift let them fire at other moments of the world.
use super::script::*;
use std::time::Duration;
use strait_core::{
    Step,
    sync::Dialect::Strait,
    time::{Mono, Wall},
};
use strait_scenarios::{
    event::{Event, Stepped, What},
    world::Skew,
};

/// When the zone took its steps within two minutes, and whether by its timer.
fn steps(skew: Option<Skew>) -> Vec<(Mono, bool)> {
    let mut script = Script::new(&setup(7, Strait, &[("east", Strait)]));
    script.put(&GLOBAL, mesh("default"));
    script.run_for(5);
    if let Some(skew) = skew {
        script.world.skew(&at("east"), skew);
    }
    script.run_for(120);
    let of_east = script.events.iter().filter(|event| event.node == at("east"));
    let step = |event: &Event| match &event.what {
        What::Stepped(Stepped::Zone { step, .. }) => Some((event.at, matches!(step, Step::Tick))),
        _ => None,
    };
    of_east.filter_map(step).collect()
}

#[test]
fn a_jump_of_the_wall_clock_changes_no_step() {
    let right = steps(None);
    assert!(right.iter().filter(|(_, is_tick)| *is_tick).count() > 10);
    for jump in [3_600_000, -3_600_000, 400 * 24 * 3_600_000] {
        assert_eq!(steps(Some(Skew::ByMs(jump))), right, "{jump}");
    }
}

#[test]
fn a_fast_clock_ticks_early() {
    let ticks = |steps: Vec<(Mono, bool)>| steps.into_iter().filter(|(_, is_tick)| *is_tick).map(|(at, _)| at).collect::<Vec<_>>();
    let (right, fast) = (ticks(steps(None)), ticks(steps(Some(Skew::RatePpm(10_000)))));
    let first_after = |ticks: &[Mono]| ticks.iter().copied().find(|at| at.since(Mono(0)) > Duration::from_secs(60)).unwrap();
    assert_ne!(right, fast);
    assert!(fast.len() >= right.len());
    assert_ne!(first_after(&fast), first_after(&right));
}

#[test]
fn the_clocks_show_what_they_were_told() {
    let mut script = Script::new(&setup(7, Strait, &[("east", Strait)]));
    script.run_for(10);
    let before = script.world.clock_of(&at("east"));
    script.world.skew(&at("east"), Skew::ByMs(-3_600_000));
    let after = script.world.clock_of(&at("east"));
    assert_eq!((after.mono, after.wall), (before.mono, Wall(before.wall.0 - 3_600_000)));
    script.world.skew(&at("east"), Skew::RatePpm(-500));
    script.run_for(1_000);
    let (slow, right) = (script.world.clock_of(&at("east")), script.world.clock_of(&GLOBAL));
    assert_eq!(right.mono.since(slow.mono), Duration::from_millis(500));
}
