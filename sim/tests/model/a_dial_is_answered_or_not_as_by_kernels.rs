//! A dial is accepted, refused by a host without the process, or stays unanswered.
use super::script::*;
use std::time::Duration;
use strait_core::{
    node::{DialError, ZoneInput},
    sync::{Dialect::Kuma, clocks},
    time::Mono,
};
use strait_scenarios::world::CutHow;

fn answered(script: &Script, error: &DialError) -> Option<Mono> {
    script.told("east", Mono(0), |input| matches!(input, ZoneInput::Dialed(Err(why)) if why == error))
}

#[test]
fn a_host_without_the_process_refuses_after_one_round_trip() {
    let mut script = Script::new(&setup(1, Kuma, &[("east", Kuma)]));
    script.world.kill(&GLOBAL);
    script.run_for(1);
    assert!((40..=60).contains(&answered(&script, &DialError::Refused).unwrap().0));
}

#[test]
fn a_cut_link_leaves_a_dial_unanswered() {
    for how in [CutHow::Stall, CutHow::Sever] {
        let mut script = Script::new(&setup(1, Kuma, &[("east", Kuma)]));
        script.world.cut(&zone("east"), how);
        script.run_for(10);
        // It dials once what it makes at its first start is stored.
        let timed_out = answered(&script, &DialError::TimedOut).unwrap().since(Mono(0).after(clocks::DIAL_TIMEOUT));
        assert!(timed_out < Duration::from_millis(10));
    }
}

#[test]
fn a_short_stall_only_delays_a_dial() {
    let mut script = Script::new(&setup(1, Kuma, &[("east", Kuma)]));
    script.world.cut(&zone("east"), CutHow::Stall);
    script.run_for(3);
    script.world.heal(&zone("east"));
    script.run_for(1);
    assert!(script.session(&at("east"), "east").is_some());
    assert!(script.session(&GLOBAL, "east").is_some());
}

#[test]
fn global_forgets_a_zone_that_died_while_it_dialed() {
    let mut script = Script::new(&setup(1, Kuma, &[("east", Kuma)]));
    script.run_for_ms(5);
    script.world.power_loss(&at("east"));
    script.run_for(1);
    assert!(script.session(&GLOBAL, "east").is_some());
    script.run_for(40);
    assert_eq!(script.session(&GLOBAL, "east"), None);
}
