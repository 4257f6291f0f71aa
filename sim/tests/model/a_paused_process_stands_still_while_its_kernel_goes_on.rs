//! A paused process takes no step; its kernel takes what arrives, and it finds that, and what its timers missed, when it goes on.
use super::script::*;
use std::time::Duration;
use strait_core::{
    Emit, Step,
    node::{GlobalInput, ZoneEffect, ZoneInput},
    resource::{Kind, Spec},
    sync::Dialect::{Kuma, Strait},
    time::Mono,
};
use strait_scenarios::{
    event::{Emits, Stepped, What},
    world::{CutHow, Disk},
};
use strait_shell::kds::WINDOW_BYTES;

/// A Strait global and zone that hold the same.
fn straits() -> Script {
    let mut script = Script::new(&setup(7, Strait, &[("east", Strait)]));
    script.put(&GLOBAL, mesh("default"));
    script.put(&GLOBAL, timeout("retry", 1));
    script.run_for(5);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script
}

/// So many characters that are Base64, by chance.
fn noise(characters: u64) -> String {
    let drawn = (0..characters).scan(7_u64, |state, _| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some(char::from(b'a' + (*state >> 33) as u8 % 26))
    });
    drawn.collect()
}

/// The steps of zone `east` since then.
fn steps(script: &Script, since: Mono) -> Vec<&Step<ZoneInput>> {
    let of_east = script.events.iter().filter(|event| event.node == at("east") && event.at >= since);
    of_east.filter_map(|event| if let What::Stepped(Stepped::Zone { step, .. }) = &event.what { Some(step) } else { None }).collect()
}

/// Whether zone `east` has dialled since then.
fn dials(script: &Script, since: Mono) -> bool {
    let of_east = script.events.iter().filter(|event| event.node == at("east") && event.at >= since);
    let mut emits = of_east.filter_map(|event| match &event.what {
        What::Stepped(Stepped::Zone { emits, .. }) | What::Started { emits: Emits::Zone(emits), .. } => Some(emits),
        _ => None,
    });
    emits.any(|emits| emits.iter().any(|emit| matches!(emit, Emit::Effect(ZoneEffect::Dial { .. }))))
}

#[test]
fn it_finds_what_its_kernel_took_meanwhile() {
    let mut script = straits();
    let paused = script.world.now();
    let session = script.session(&at("east"), "east");
    script.world.pause(&at("east"));
    assert!(script.world.is_paused(&at("east")));
    script.put(&GLOBAL, timeout("during", 1));
    script.run_for(2);
    assert!(steps(&script, paused).is_empty());
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);

    let resumed = script.world.now();
    script.world.resume(&at("east"));
    script.run_for_ms(1);
    // It was there already: nothing had to cross the link.
    assert!(script.told("east", resumed, |input| matches!(input, ZoneInput::Response(..))).is_some());
    script.run_for_ms(500);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
    assert_eq!(script.session(&at("east"), "east"), session);
}

#[test]
fn what_a_user_asks_it_waits_for_it() {
    let mut script = straits();
    script.world.pause(&GLOBAL);
    let ticket = script.put(&GLOBAL, timeout("during", 1));
    script.run_for(2);
    assert_eq!(script.answer(ticket), None);
    script.world.resume(&GLOBAL);
    script.run_for(1);
    assert!(script.answer(ticket).is_some());
}

#[test]
fn its_timers_fire_once_and_late() {
    let mut script = straits();
    script.world.kill(&GLOBAL);
    script.run_for(2);
    let paused = script.world.now();
    script.world.pause(&at("east"));
    // Many a dial would have been due.
    script.run_for(600);
    assert!(steps(&script, paused).is_empty());
    let resumed = script.world.now();
    script.world.resume(&at("east"));
    script.run_for_ms(1);
    let ticks = steps(&script, resumed).into_iter().filter(|step| matches!(step, Step::Tick)).count();
    assert_eq!(ticks, 1);
}

#[test]
fn what_it_does_not_read_fills_the_windows() {
    let mut script = straits();
    let paused = script.world.now();
    script.world.pause(&at("east"));
    let mut heavy = timeout("heavy", 1);
    heavy.key.kind = Kind::new("Secret").unwrap();
    heavy.spec = Spec::new(serde_json::json!({ "data": noise(600_000) }));
    let ticket = script.put(&GLOBAL, heavy);
    script.run_for(2);
    assert!(script.answer(ticket).unwrap().is_ok());
    let most = script.world.most_under_way();
    assert!((u64::from(WINDOW_BYTES) / 2..=2 * u64::from(WINDOW_BYTES)).contains(&most), "{most} bytes were under way");
    assert!(steps(&script, paused).is_empty());
    script.world.resume(&at("east"));
    script.run_for(5);
    assert_eq!(script.held(&at("east"), "Secret"), ["heavy"]);
}

#[test]
fn its_peer_notices_by_the_silence() {
    let mut script = straits();
    let paused = script.world.now();
    script.world.pause(&at("east"));
    script.run_for(40);
    let noticed = script.told_global(paused, |input| matches!(input, GlobalInput::Closed { .. }));
    assert!(script.session(&GLOBAL, "east").is_none());
    // Its kernel did not say so.
    assert!(noticed.is_none_or(|noticed| noticed.since(paused).as_secs() >= 3));
    script.world.resume(&at("east"));
    script.run_for(20);
    assert!(script.session(&GLOBAL, "east").is_some());
}

#[test]
fn power_goes_also_while_it_is_paused() {
    let mut script = straits();
    script.put(&at("east"), service("backend"));
    script.world.pause(&at("east"));
    script.run_for_ms(10);
    script.world.power_loss(&at("east"));
    assert!(!script.world.is_paused(&at("east")));
    let resumed = script.world.now();
    script.world.resume(&at("east"));
    script.run_for(2);
    assert_eq!(script.world.observe(&at("east")), None);
    assert!(steps(&script, resumed).is_empty());
    script.world.restart(&at("east"), Disk::Kept);
    script.run_for(30);
    // A new process stands still no more, and holds what its disk did.
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    assert!(script.session(&GLOBAL, "east").is_some());
}

/// Its link is severed between the kernel's answer to the dial and the moment in which it goes on: that connection is dead.
#[test]
fn and_finds_out_that_what_was_answered_meanwhile_is_dead() {
    for dialect in [Strait, Kuma] {
        let mut script = Script::new(&setup(7, dialect, &[("east", dialect)]));
        script.put(&GLOBAL, mesh("default"));
        script.run_for(20);
        script.world.kill(&at("east"));
        script.world.restart(&at("east"), Disk::Kept);
        let restarted = script.world.now();
        while !dials(&script, restarted) {
            script.run_for_ms(1);
            assert!(script.world.now() < restarted.after(Duration::from_secs(60)), "{dialect} never dials");
        }
        script.world.pause(&at("east"));
        script.run_for_ms(200);
        script.world.cut(&zone("east"), CutHow::Sever);
        script.run_for(2);
        script.world.heal(&zone("east"));
        script.world.resume(&at("east"));
        script.put(&GLOBAL, timeout("news", 1));
        script.run_for(60);
        assert_eq!(script.held(&at("east"), "MeshTimeout"), ["news"], "{dialect}");
    }
}
