//! What was sent counts as delivered: after a NACK nothing is sent again until the resource changes.
use super::*;

#[test]
fn a_refused_resource_is_not_offered_again() {
    let mut hands = Hands::new();
    hands.edit(resource("MeshRetry", "own", &[]));
    let kind = || Kind::new("MeshRetry").unwrap();
    let first = hands.ask(subscribe("MeshRetry"));
    assert!(matches!(&first[..], [ResponseBody::Resources { put, .. }] if put.len() == 1));
    // One response of a kind is under way at most: what changes meanwhile waits.
    hands.edit(resource("MeshRetry", "other", &[]));
    assert_eq!(hands.look(), []);
    let nonce = Nonce("1".to_owned());
    let nack = RequestBody::Nack { kind: kind(), nonce, message: "no".to_owned(), rejected: vec![] };
    let second = hands.ask(nack.clone());
    assert!(matches!(&second[..], [ResponseBody::Resources { put, .. }] if put.len() == 1 && put[0].display_name() == "other"));
    assert_eq!(hands.ask(nack), []);
    assert_eq!(hands.zone.deadline(), None);
    assert!(hands.zone.observe().peers[&ZoneName::new("east").unwrap()].provided.settled);
}

#[test]
fn a_kind_without_resources_is_answered_once_even_an_unknown_one() {
    let mut hands = Hands::new();
    for kind in ["MeshRetry", "Unheard"] {
        let answer = hands.ask(subscribe(kind));
        assert!(matches!(&answer[..], [ResponseBody::Resources { put, gone, .. }] if put.is_empty() && gone.is_empty()));
    }
}
