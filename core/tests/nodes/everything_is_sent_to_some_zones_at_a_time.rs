//! Full transfers wait in line, with a reason that can be seen; changes do not.
use super::moves::*;
use crate::alone::{Alone, hello, kind, mesh, retry, zone};
use std::collections::BTreeSet;
use strait_core::{Durable, Node, node::*, resource::Kind, sync::*};

/// A global that sends everything to two zones at a time, and whose one policy is larger than a first window.
fn two_at_a_time() -> Alone<GlobalNode> {
    let config = GlobalConfig { snapshots: 2, ..GlobalConfig::new() };
    let mut g = Alone::<GlobalNode>::start(config, 1, Durable::new()).0;
    g.input(edit([mesh("default")].into_iter().chain((0..30).map(|n| retry(&format!("r{n}"), 1))).map(Change::Put).collect()));
    g
}

fn asks(g: &mut Alone<GlobalNode>, session: u64) -> Vec<GlobalEffect> {
    strait_session(g, &format!("z{session}"), session, &lineage(session, 0), None)
}

/// The parts of transfers that were said, by session.
fn parts(said: &[GlobalEffect]) -> Vec<(u64, Kind, Nonce, Transfer)> {
    let part = |effect: &GlobalEffect| match effect {
        GlobalEffect::Response(Session(session), Response { body: ResponseBody::Resources { kind, nonce, transfer, .. }, .. }) => {
            Some((*session, kind.clone(), nonce.clone(), transfer.unwrap()))
        }
        _ => None,
    };
    said.iter().filter_map(part).collect()
}

/// A zone answers all that it is sent, until nothing comes; says what came to others meanwhile.
fn takes_all(g: &mut Alone<GlobalNode>, session: u64, said: Vec<GlobalEffect>) -> Vec<GlobalEffect> {
    let (mut said, mut to_others) = (said, vec![]);
    while !said.is_empty() {
        let (ours, others): (Vec<_>, Vec<_>) =
            said.into_iter().partition(|effect| matches!(effect, GlobalEffect::Response(Session(to), _) if *to == session));
        to_others.extend(others);
        said = parts(&ours).into_iter().flat_map(|(_, kind, nonce, _)| g.input(down(session, RequestBody::Ack { kind, nonce }))).collect();
    }
    to_others
}

fn queued(g: &Alone<GlobalNode>) -> Vec<String> {
    let waits = g.node.observe().peers.iter().filter(|(_, peer)| peer.waiting == Some(WaitReason::Queued));
    waits.map(|(zone, _)| zone.to_string()).collect()
}

#[test]
fn who_is_too_many_waits_and_says_so() {
    let mut g = two_at_a_time();
    let served: BTreeSet<u64> = (1..=5).flat_map(|n| parts(&asks(&mut g, n))).map(|(session, ..)| session).collect();
    assert_eq!(served, BTreeSet::from([1, 2]));
    assert_eq!(queued(&g), ["z3", "z4", "z5"]);
}

#[test]
fn who_has_everything_gives_its_place_to_the_next_in_line() {
    let mut g = two_at_a_time();
    let first = asks(&mut g, 1);
    (2..=5).for_each(|n| drop(asks(&mut g, n)));
    let others = takes_all(&mut g, 1, first);
    assert_eq!(parts(&others).into_iter().map(|(session, ..)| session).collect::<BTreeSet<_>>(), BTreeSet::from([3]));
    assert_eq!(queued(&g), ["z4", "z5"]);
    let settled = &g.node.observe().peers[&zone("z1")];
    assert!(settled.provided.settled && settled.waiting.is_none());
}

#[test]
fn a_session_that_ends_gives_its_place_up() {
    let mut g = two_at_a_time();
    (1..=4).for_each(|n| drop(asks(&mut g, n)));
    g.input(GlobalInput::Closed { session: Session(2) });
    g.input(GlobalInput::Closed { session: Session(3) });
    let said = g.run_for(1);
    assert_eq!(parts(&said).into_iter().map(|(session, ..)| session).collect::<BTreeSet<_>>(), BTreeSet::from([4]));
    assert_eq!(queued(&g), Vec::<String>::new());
}

#[test]
fn who_does_not_get_on_goes_to_the_end_of_the_line_and_is_not_forgotten() {
    let mut g = two_at_a_time();
    let first = asks(&mut g, 1);
    (2..=3).for_each(|n| drop(asks(&mut g, n)));
    let mut said = Vec::new();
    for _ in 0..12 {
        said.extend(g.run_for(1000));
        // They are alive, but take nothing.
        for n in 1..=3 {
            g.input(down(n, RequestBody::Beat { held: None }));
            g.input(up(n, ResponseBody::Beat { head: at(n, 0) }));
        }
    }
    assert!(parts(&said).iter().any(|(session, ..)| *session == 3), "the third has its turn");
    assert_eq!(queued(&g).len(), 1);
    assert!(queued(&g).iter().all(|waits| waits != "z3"));
    // The first goes on where it was, once it has a place again.
    g.input(GlobalInput::Closed { session: Session(2) });
    g.input(GlobalInput::Closed { session: Session(3) });
    g.run_for(1);
    takes_all(&mut g, 1, first);
    assert!(g.node.observe().peers[&zone("z1")].provided.settled);
}

#[test]
fn changes_do_not_wait_in_line() {
    let mut g = two_at_a_time();
    let head = g.node.observe().head;
    (1..=4).for_each(|n| drop(asks(&mut g, n)));
    let said = strait_session(&mut g, "current", 9, &lineage(9, 0), head);
    assert_eq!(parts(&said), vec![]);
    let said = g.input(edit(vec![Change::Put(retry("r1", 7))]));
    assert_eq!(parts(&said).into_iter().map(|(session, ..)| session).collect::<Vec<_>>(), [9]);
}

#[test]
fn the_first_responses_to_plain_kumas_wait_too() {
    let mut g = two_at_a_time();
    let mut served = BTreeSet::new();
    for n in 1..=3u64 {
        let name = format!("k{n}");
        g.input(operate(Operation::Admit(zone(&name))));
        g.input(GlobalInput::Opened { session: Session(n), zone: zone(&name), dialect: Dialect::Kuma });
        for of in ["Mesh", "MeshRetry"] {
            let said = g.input(down(n, RequestBody::Subscribe { kind: kind(of), hello: hello(&name, None) }));
            served.extend(said.into_iter().filter_map(|effect| match effect {
                GlobalEffect::Response(Session(to), _) => Some(to),
                _ => None,
            }));
        }
    }
    assert_eq!((served, queued(&g)), (BTreeSet::from([1, 2]), vec!["k3".to_owned()]));
    let mut said = Vec::new();
    for (of, nth) in [("Mesh", 1), ("MeshRetry", 2)] {
        let nonce = g.nonce(1, nth);
        said.extend(g.input(down(1, RequestBody::Ack { kind: kind(of), nonce })));
    }
    assert!(said.iter().any(|effect| matches!(effect, GlobalEffect::Response(Session(3), _))));
    assert_eq!(queued(&g), Vec::<String>::new());
}

/// A global that looked at what was refused again and again, and at nothing else (found by exploration).
#[test]
fn what_a_zone_in_line_has_refused_is_offered_with_everything() {
    guarded("a global whose zone waits in line with something refused", || {
        let mut g = two_at_a_time();
        let first = asks(&mut g, 1);
        drop(asks(&mut g, 2));
        g.input(GlobalInput::Opened { session: Session(3), zone: zone("z3"), dialect: Dialect::Strait });
        let names = first.iter().filter_map(|effect| match effect {
            GlobalEffect::Response(_, Response { body: ResponseBody::Resources { put, .. }, .. }) => put.first(),
            _ => None,
        });
        let (hello, rejected) =
            (hello("z3", Some(lineage(3, 0))), vec![names.max_by_key(|resource| resource.key.clone()).unwrap().key.clone()]);
        g.input(down(3, RequestBody::SubscribeAll { hello, held: None, staged: None, rejected }));
        g.input(up(3, ResponseBody::History { lineage: lineage(3, 0) }));
        assert_eq!(queued(&g), ["z3"]);
        let mut said = Vec::new();
        for _ in 0..120 {
            said.extend(g.run_for(500));
            for n in 1..=3 {
                g.input(down(n, RequestBody::Beat { held: None }));
                g.input(up(n, ResponseBody::Beat { head: at(n, 0) }));
            }
        }
        assert!(parts(&said).iter().any(|(session, ..)| *session == 3), "its turn came");
    });
}
