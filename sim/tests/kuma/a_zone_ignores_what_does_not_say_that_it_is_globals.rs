//! Of kinds that zones write too, a zone takes and deletes only what says that it is global's.
use super::*;

#[test]
fn a_zone_ignores_what_does_not_say_that_it_is_globals() {
    let mut hands = Hands::new();
    hands.edit(resource("MeshTimeout", "own", &[]));
    let answer =
        hands.respond("MeshTimeout", vec![resource("MeshTimeout", "nobodys", &[]), resource("MeshTimeout", "globals", &[GLOBALS])], vec![]);
    assert!(matches!(answer, Some(RequestBody::Ack { .. })));
    assert_eq!(hands.held("MeshTimeout"), ["globals", "own"]);
    hands.respond("MeshTimeout", vec![], vec![resource("MeshTimeout", "own", &[]).key, resource("MeshTimeout", "globals", &[]).key]);
    assert_eq!(hands.held("MeshTimeout"), ["own"]);
}
