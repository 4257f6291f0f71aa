//! A stalled link delays what is sent; if it heals before an end gives up, nobody noticed.
use super::script::*;
use strait_core::node::ZoneInput;

#[test]
fn a_stall_delays_and_loses_nothing() {
    let mut script = straits();
    let before = script.session(&at("east"), "east");
    script.world.cut(&zone("east"), CutHow::Stall);
    script.put(&GLOBAL, timeout("later", 1));
    script.run_for(3);
    assert_eq!(script.held(&at("east"), "MeshTimeout"), ["retry"]);
    script.world.heal(&zone("east"));
    script.run_for_ms(200);
    assert_eq!(script.held(&at("east"), "MeshTimeout").len(), 2);
    assert_eq!(script.session(&at("east"), "east"), before);
}

#[test]
fn a_dial_over_a_stalled_link_waits() {
    let mut script = straits();
    script.world.cut(&zone("east"), CutHow::Stall);
    script.run_for(20);
    assert_eq!(script.session(&at("east"), "east"), None);
    script.world.heal(&zone("east"));
    script.run_for(12);
    assert!(script.session(&at("east"), "east").is_some());
    let refused = |input: &ZoneInput| matches!(input, ZoneInput::Dialed(Err(strait_core::node::DialError::Refused)));
    assert_eq!(script.told("east", strait_core::time::Mono(0), refused), None);
}
