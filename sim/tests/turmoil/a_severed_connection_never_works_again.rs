//! What was connected over a link when it was severed is dead, also after a heal that nobody waited for.
use super::script::*;
use strait_core::node::{DialError, ZoneEffect, ZoneInput};

#[test]
fn a_short_sever_ends_the_session_and_the_next_catches_up() {
    let mut script = straits();
    let (before, cut) = (script.session(&at("east"), "east"), script.world.now());
    script.world.cut(&zone("east"), CutHow::Sever);
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(1);
    script.world.heal(&zone("east"));
    script.run_for(2);
    assert_eq!(script.session(&at("east"), "east"), before, "nobody tells the zone");
    script.run_for(17);
    let after = script.session(&at("east"), "east");
    assert!(after.is_some() && after != before);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
    let noticed = script.did("east", cut, |effect| matches!(effect, ZoneEffect::Hangup { .. })).unwrap();
    assert!((4..=7).contains(&noticed.since(cut).as_secs()), "noticed at {noticed}, cut at {cut}");
}

#[test]
fn a_dial_over_a_severed_link_times_out() {
    let mut script = straits();
    let cut = script.world.now();
    script.world.cut(&zone("east"), CutHow::Sever);
    script.run_for(30);
    assert!(script.told("east", cut, |input| matches!(input, ZoneInput::Dialed(Err(DialError::TimedOut)))).is_some());
    script.world.heal(&zone("east"));
    script.run_for(20);
    assert!(script.session(&at("east"), "east").is_some());
}
