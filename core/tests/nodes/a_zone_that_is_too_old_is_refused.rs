//! A zone that does not know hashed names would hold each resource under another one than global: it is refused, and told what it lacks.
use super::moves::*;
use crate::alone::{Alone, hello, zone};
use strait_core::{Node, node::*, sync::*};

/// A Strait zone opens a session and asks for everything. Says what global answers.
fn asks(global: &mut Alone<GlobalNode>, session: u64, lacks: Option<&str>) -> Vec<GlobalEffect> {
    global.input(GlobalInput::Opened { session: Session(session), zone: zone("east"), dialect: Dialect::Strait });
    let mut said = hello("east", Some(lineage(7, 1)));
    assert!(lacks.is_none_or(|feature| said.features.remove(feature)));
    global.input(down(session, RequestBody::SubscribeAll { hello: said, held: None, staged: None, rejected: vec![] }))
}

#[test]
fn it_is_told_what_it_lacks_and_sent_nothing() {
    let mut g = global();
    let why = Refusal::TooOld("feature hash-suffix".to_owned());
    assert_eq!(asks(&mut g, 1, Some("hash-suffix")), [GlobalEffect::Close { session: Session(1), why }]);
    let east = &g.node.observe().peers[&zone("east")];
    assert_eq!((east.session, east.last_end.as_deref()), (None, Some("too-old: the peer lacks feature hash-suffix")));
}

#[test]
fn a_feature_without_which_less_is_sent_is_no_reason() {
    let mut g = global();
    let said = asks(&mut g, 1, Some("producer-policy-flow"));
    assert!(!said.iter().any(|effect| matches!(effect, GlobalEffect::Close { .. })), "{said:?}");
    assert_eq!(g.node.observe().peers[&zone("east")].session.map(|status| status.session), Some(Session(1)));
}

#[test]
fn once_it_is_newer_it_is_served() {
    let mut g = global();
    asks(&mut g, 1, Some("hash-suffix"));
    asks(&mut g, 2, None);
    assert_eq!(g.node.observe().peers[&zone("east")].session.map(|status| status.session), Some(Session(2)));
}

#[test]
fn it_does_not_take_the_place_of_the_one_that_speaks() {
    let mut g = global();
    asks(&mut g, 1, None);
    asks(&mut g, 2, Some("hash-suffix"));
    assert_eq!(g.node.observe().peers[&zone("east")].session.map(|status| status.session), Some(Session(1)));
}
