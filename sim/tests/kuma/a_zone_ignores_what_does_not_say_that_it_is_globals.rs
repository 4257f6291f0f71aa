//! Of kinds that zones write too, a zone takes and deletes only what says that it is global's.
use super::*;

#[test]
fn a_zone_ignores_what_does_not_say_that_it_is_globals() {
    let mut hands = Hands::new();
    hands.edit(resource("MeshRetry", "own", &[]));
    let answer =
        hands.respond("MeshRetry", vec![resource("MeshRetry", "nobodys", &[]), resource("MeshRetry", "globals", &[GLOBALS])], vec![]);
    assert!(matches!(answer, Some(RequestBody::Ack { .. })));
    assert_eq!(hands.held("MeshRetry"), ["globals", "own"]);
    hands.respond("MeshRetry", vec![], vec![resource("MeshRetry", "own", &[]).key, resource("MeshRetry", "globals", &[]).key]);
    assert_eq!(hands.held("MeshRetry"), ["own"]);
}
