//! A killed process's kernel closes its connections; a host without power says nothing, and answers with a reset once it is back.
use super::script::*;
use strait_core::{node::ZoneInput, time::Mono};
use strait_scenarios::world::Disk;

fn noticed_within(script: &Script, since: Mono) -> u128 {
    let noticed = script.told("east", since, |input| matches!(input, ZoneInput::Closed { .. })).unwrap();
    noticed.since(since).as_millis()
}

#[test]
fn a_killed_process_is_noticed_after_the_links_delay() {
    let mut script = kumas();
    let killed = script.world.now();
    script.world.kill(&GLOBAL);
    script.run_for(40);
    assert!((20..=30).contains(&noticed_within(&script, killed)));
    assert_eq!(script.world.observe(&GLOBAL), None);
}

#[test]
fn a_dead_host_is_noticed_by_ping() {
    let mut script = kumas();
    let died = script.world.now();
    script.world.power_loss(&GLOBAL);
    script.run_for(40);
    assert!((15_000..=30_000).contains(&noticed_within(&script, died)));
}

#[test]
fn a_host_that_is_back_resets_what_it_does_not_know() {
    let mut script = kumas();
    let died = script.world.now();
    script.world.power_loss(&GLOBAL);
    script.world.restart(&GLOBAL, Disk::Kept);
    // Something to say on the old connection.
    script.put(&at("east"), service("backend"));
    script.run_for(5);
    assert!(noticed_within(&script, died) < 2_000);
    script.run_for(20);
    assert_eq!(script.held(&GLOBAL, "MeshService"), ["backend"]);
}

#[test]
fn a_killed_process_loses_nothing_and_a_power_loss_nothing_that_was_answered() {
    for kill in [true, false] {
        let mut script = kumas();
        let ticket = script.put(&GLOBAL, timeout("later", 1));
        while script.answer(ticket).is_none() {
            script.run_for_ms(1);
        }
        if kill {
            script.put(&GLOBAL, timeout("unsynced", 1));
            script.world.kill(&GLOBAL);
        } else {
            script.world.power_loss(&GLOBAL);
        }
        script.world.restart(&GLOBAL, Disk::Kept);
        script.run_for(30);
        assert_eq!(script.held(&at("east"), "MeshTimeout").len(), if kill { 3 } else { 2 });
    }
}
