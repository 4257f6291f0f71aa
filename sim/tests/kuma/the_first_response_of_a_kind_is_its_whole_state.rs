//! The first response of a kind is its whole state; later ones are increments.
use super::*;

#[test]
fn the_first_response_of_a_kind_is_its_whole_state() {
    let mut hands = Hands::new();
    let (a, b, c) = (resource("Mesh", "a", &[GLOBALS]), resource("Mesh", "b", &[GLOBALS]), resource("Mesh", "c", &[GLOBALS]));
    hands.respond("Mesh", vec![a.clone(), b.clone()], vec![]);
    hands.respond("Mesh", vec![c.clone()], vec![a.key]);
    assert_eq!(hands.held("Mesh"), ["b", "c"]);

    // A new session begins from nothing.
    hands.step(Step::Input(ZoneInput::Closed { session: SESSION, why: None }));
    hands.now.mono = hands.zone.deadline().unwrap().0;
    hands.step(Step::Tick);
    hands.step(Step::Input(ZoneInput::Dialed(Ok((SESSION, Dialect::Kuma)))));
    assert!(matches!(hands.respond("Mesh", vec![b], vec![]), Some(RequestBody::Ack { .. })));
    assert_eq!(hands.held("Mesh"), ["b"]);
}
