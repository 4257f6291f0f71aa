//! Each invariant can fail: under its sabotage it is the first to, and where the sabotage has nothing to act on, none does.
use super::{judge::first_broken, script::*};
use strait_core::{
    node::Change,
    sync::Dialect::{self, Kuma, Strait},
};
use strait_scenarios::{
    sabotage::{SABOTAGES, named},
    world::CutHow,
};

/// Runs `play` among these under a sabotage, and says which invariant broke first.
fn broken(sabotage: &str, global: Dialect, zone: Dialect, play: impl Fn(&mut Script)) -> Option<&'static str> {
    let mut setup = setup(11, global, &[("east", zone)]);
    setup.sabotage = Some(sabotage.to_owned());
    let mut script = Script::new(&setup);
    play(&mut script);
    script.run_for(30);
    first_broken(&setup, &script).map(|(id, _)| id)
}

/// Global has policies, and the zone has them.
fn converge(script: &mut Script) {
    script.put(&GLOBAL, mesh("default"));
    script.run_for(5);
    script.put(&GLOBAL, timeout("retry", 1));
    script.run_for(5);
}

fn converge_and_edit(script: &mut Script) {
    converge(script);
    script.put(&at("east"), service("backend"));
}

/// Global falls back to a backup that the zone is ahead of.
fn fall_back(script: &mut Script) {
    converge(script);
    script.world.backup(&GLOBAL, "monday");
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(5);
    script.world.restore(&GLOBAL, "monday");
}

/// The zone misses an edit while it is away.
fn come_back_behind(script: &mut Script) {
    converge(script);
    script.world.cut(&zone("east"), CutHow::Sever);
    script.run_for(10);
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(5);
    script.world.heal(&zone("east"));
}

/// Global takes a policy back that the zone has.
fn take_back(script: &mut Script) {
    converge(script);
    script.edit(&GLOBAL, vec![Change::Delete(timeout("retry", 1).key)]);
}

#[test]
fn ack_before_stored_breaks_s8() {
    assert_eq!(broken("ack-before-stored", Strait, Strait, take_back), Some("S8"));
    assert_eq!(broken("ack-before-stored", Kuma, Strait, take_back), Some("S8"));
    assert_eq!(broken("ack-before-stored", Strait, Strait, converge), None);
    assert_eq!(broken("ack-before-stored", Strait, Strait, |script| script.world.cut(&zone("east"), CutHow::Sever)), None);
}

#[test]
fn accept_older_floor_breaks_s3() {
    assert_eq!(broken("accept-older-floor", Strait, Strait, converge_and_edit), Some("S3"));
    assert_eq!(broken("accept-older-floor", Strait, Strait, come_back_behind), None);
}

#[test]
fn silent_freeze_breaks_l4() {
    assert_eq!(broken("silent-freeze", Strait, Strait, fall_back), Some("L4"));
    assert_eq!(broken("silent-freeze", Strait, Strait, come_back_behind), None);
}

#[test]
fn a_silent_freeze_under_a_plain_kuma_breaks_l4() {
    let wiped = |script: &mut Script| {
        converge(script);
        script.world.restart(&GLOBAL, strait_scenarios::world::Disk::Empty);
        script.run_for(60);
    };
    assert_eq!(broken("silent-freeze", Kuma, Strait, wiped), Some("L4"));
    assert_eq!(broken("silent-freeze", Kuma, Strait, come_back_behind), None);
}

#[test]
fn claims_acked_breaks_s9() {
    assert_eq!(broken("claims-acked", Strait, Strait, come_back_behind), Some("S9"));
    assert_eq!(broken("claims-acked", Strait, Strait, converge_and_edit), None);
}

#[test]
fn what_liveness_judges_breaks_nothing_here() {
    for sabotage in ["lost-redial", "chatty"] {
        assert_eq!(broken(sabotage, Strait, Strait, come_back_behind), None);
    }
}

#[test]
fn a_zone_that_lost_its_redial_dials_no_more() {
    let mut setup = setup(3, Strait, &[("east", Strait)]);
    let dials = |setup: &strait_scenarios::world::Setup| {
        let mut script = Script::new(setup);
        converge(&mut script);
        script.world.kill(&GLOBAL);
        script.run_for(5);
        script.world.restart(&GLOBAL, strait_scenarios::world::Disk::Kept);
        script.run_for(60);
        script.meters().dials[&at("east")]
    };
    let rightly = dials(&setup);
    setup.sabotage = Some("lost-redial".to_owned());
    assert_eq!((dials(&setup), rightly > 1), (1, true));
}

#[test]
fn a_chatty_zone_dials_again_and_again() {
    let mut setup = setup(3, Strait, &[("east", Strait)]);
    setup.sabotage = Some("chatty".to_owned());
    let mut script = Script::new(&setup);
    converge(&mut script);
    let before = script.meters().dials[&at("east")];
    script.run_for(60);
    assert!(script.meters().dials[&at("east")] > before + 3);
}

#[test]
fn all_that_are_listed_exist() {
    assert!(SABOTAGES.iter().all(|(name, what)| named(name).is_some() && !what.is_empty()));
}
