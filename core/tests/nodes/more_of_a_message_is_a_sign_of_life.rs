//! A message that takes longer than a silence may last does not end the session while more of it comes.
use super::{
    alone::{Alone, zone},
    moves::*,
};
use strait_core::{ZoneNode, node::*, sync::*};

const ON: Session = Session(1);

#[test]
fn for_a_zone() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.run_for(1_000);
    east.input(ZoneInput::Dialed(Ok((ON, Dialect::Strait))));
    let hangs_up = |said: &[ZoneEffect]| said.iter().any(|effect| matches!(effect, ZoneEffect::Hangup { .. }));
    for second in 0..30 {
        assert!(!hangs_up(&east.run_for(1_000)), "after {second} s");
        east.input(ZoneInput::Receiving(ON));
    }
    // Of another session it says nothing.
    let mut said = Vec::new();
    for _ in 0..8 {
        said.extend(east.run_for(1_000));
        east.input(ZoneInput::Receiving(Session(2)));
    }
    assert!(hangs_up(&said));
}

#[test]
fn for_global() {
    let mut g = global();
    strait_session(&mut g, "east", 1, &lineage(1, 0), None);
    let closes = |said: &[GlobalEffect]| said.iter().any(|effect| matches!(effect, GlobalEffect::Close { .. }));
    for second in 0..30 {
        assert!(!closes(&g.run_for(1_000)), "after {second} s");
        g.input(GlobalInput::Receiving(ON));
    }
    assert!(closes(&g.run_for(7_000)));
}
