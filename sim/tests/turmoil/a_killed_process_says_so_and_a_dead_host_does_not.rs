//! The kernel of a killed process closes its connections and refuses new ones; a host without power says nothing.
use super::script::*;
use strait_core::node::{DialError, ZoneEffect, ZoneInput};

#[test]
fn a_killed_global_is_noticed_at_once_and_refuses() {
    let mut script = straits();
    let killed = script.world.now();
    script.world.kill(&GLOBAL);
    assert!(script.world.observe(&GLOBAL).is_none());
    script.run_for(3);
    let closed = script.told("east", killed, |input| matches!(input, ZoneInput::Closed { .. })).unwrap();
    assert!(closed.since(killed).as_millis() < 200, "closed at {closed}, killed at {killed}");
    assert!(script.told("east", killed, |input| matches!(input, ZoneInput::Dialed(Err(DialError::Refused)))).is_some());
    script.world.restart(&GLOBAL, Disk::Kept);
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(12);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
}

#[test]
fn a_global_without_power_is_noticed_by_its_silence() {
    let mut script = straits();
    let lost = script.world.now();
    script.world.power_loss(&GLOBAL);
    script.run_for(20);
    assert_eq!(script.told("east", lost, |input| matches!(input, ZoneInput::Closed { .. })), None);
    assert_eq!(script.told("east", lost, |input| matches!(input, ZoneInput::Dialed(Err(DialError::Refused)))), None);
    let noticed = script.did("east", lost, |effect| matches!(effect, ZoneEffect::Hangup { .. })).unwrap();
    assert!((4..=7).contains(&noticed.since(lost).as_secs()), "noticed at {noticed}, lost at {lost}");
    script.world.restart(&GLOBAL, Disk::Kept);
    script.run_for(20);
    assert!(script.session(&at("east"), "east").is_some());
}

#[test]
fn a_host_that_is_back_does_not_know_its_old_connections() {
    let mut script = straits();
    let lost = script.world.now();
    script.world.power_loss(&GLOBAL);
    script.run_for_ms(100);
    script.world.restart(&GLOBAL, Disk::Kept);
    script.run_for(3);
    let closed = script.told("east", lost, |input| matches!(input, ZoneInput::Closed { .. })).unwrap();
    assert!(closed.since(lost).as_secs() < 3, "closed at {closed}, lost at {lost}");
}

#[test]
fn a_zone_that_lost_power_comes_back_and_catches_up() {
    let mut script = straits();
    script.world.power_loss(&at("east"));
    script.run_for(1);
    script.put(&GLOBAL, timeout("later", 1));
    script.world.restart(&at("east"), Disk::Kept);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"], "it serves what it held");
    script.run_for(20);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
    script.world.restart(&at("east"), Disk::Empty);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 0);
    script.run_for(20);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
}
