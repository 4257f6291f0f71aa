//! To delete is to have known: the first answer of a kind deletes at a plain Kuma zone what it does not list.
use crate::alone::{Alone, hello, kind, mesh, retry, zone};
use std::sync::Arc;
use strait_core::{
    Durable, Node,
    node::{Change, GlobalConfig, GlobalEffect, GlobalInput, GlobalNode, Operation, Ticket, WaitReason, mark_backup},
    resource::WireKey,
    sync::{Dialect, Lane, Nonce, Request, RequestBody, Response, ResponseBody, Session},
};

fn ask(kind_name: &str) -> GlobalInput {
    let body = RequestBody::Subscribe { kind: kind(kind_name), hello: hello("plain", None) };
    GlobalInput::Request(Session(1), Request { lane: Lane::Down, body })
}

fn ack(kind_name: &str, nonce: Nonce) -> GlobalInput {
    GlobalInput::Request(Session(1), Request { lane: Lane::Down, body: RequestBody::Ack { kind: kind(kind_name), nonce } })
}

fn answers(effects: &[GlobalEffect]) -> Vec<(String, Vec<String>, Vec<WireKey>)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            GlobalEffect::Response(_, response) => match &response.body {
                ResponseBody::Resources { kind, put, gone, .. } => {
                    Some((kind.to_string(), put.iter().map(|put| put.display_name().to_owned()).collect(), gone.clone()))
                }
                _ => None,
            },
            _ => None,
        })
        .collect()
}

fn edit(changes: Vec<Change>) -> GlobalInput {
    GlobalInput::Edit { ticket: Ticket(1), changes }
}

fn global_with(disk: Durable) -> Alone<GlobalNode> {
    let (mut global, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 1, disk);
    global.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    global
}

fn waiting(global: &Alone<GlobalNode>) -> Option<WaitReason> {
    global.node.observe().peers[&zone("plain")].waiting
}

#[test]
fn nothing_before_an_operator_admits_it() {
    let mut global = global_with(Durable::new());
    global.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
    assert_eq!(answers(&global.input(ask("MeshRetry"))), vec![]);
    assert_eq!(waiting(&global), Some(WaitReason::NotAdmitted));
    let effects = global.input(GlobalInput::Operate { ticket: Ticket(2), operation: Operation::Admit(zone("plain")) });
    assert_eq!(answers(&effects), vec![("MeshRetry".to_owned(), vec!["a".to_owned()], vec![])]);
    assert_eq!(waiting(&global), None);
}

#[test]
fn no_kind_that_was_never_held_here() {
    let mut global = global_with(Durable::new());
    global.input(GlobalInput::Operate { ticket: Ticket(2), operation: Operation::Admit(zone("plain")) });
    global.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
    assert_eq!(answers(&global.input(ask("MeshTimeout"))), vec![]);
    assert_eq!(answers(&global.input(ask("MeshRetry"))).len(), 1);
}

#[test]
fn no_kind_of_which_only_zones_have_something_for_themselves() {
    let mut global = global_with(Durable::new());
    global.input(GlobalInput::Operate { ticket: Ticket(2), operation: Operation::Admit(zone("plain")) });
    global.input(edit(vec![Change::Put(mesh("default"))]));
    let put = vec![Arc::new(retry("of-the-zone", 1))];
    let body = ResponseBody::Resources { kind: kind("MeshRetry"), nonce: Nonce("1".to_owned()), put, gone: vec![], transfer: None };
    global.input(GlobalInput::Response(Session(1), Response { lane: Lane::Up, body }));
    assert!(global.node.view().resources.keys().any(|key| key.kind == kind("MeshRetry")));
    assert_eq!(answers(&global.input(ask("MeshRetry"))), vec![]);
}

#[test]
fn but_a_kind_that_was_held_and_is_empty_now_is_answered_empty() {
    let mut global = global_with(Durable::new());
    global.input(GlobalInput::Operate { ticket: Ticket(2), operation: Operation::Admit(zone("plain")) });
    global.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
    global.input(edit(vec![Change::Delete(retry("a", 1).key)]));
    assert_eq!(answers(&global.input(ask("MeshRetry"))), vec![("MeshRetry".to_owned(), vec![], vec![])]);
}

#[test]
fn nothing_from_a_marked_backup_until_an_operator_adopts() {
    let mut before = global_with(Durable::new());
    before.input(GlobalInput::Operate { ticket: Ticket(2), operation: Operation::Admit(zone("plain")) });
    before.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
    let mut copy = before.disk.clone();
    mark_backup(&mut copy);
    let mut global = global_with(copy);
    assert_eq!(answers(&global.input(ask("MeshRetry"))), vec![]);
    assert_eq!(waiting(&global), Some(WaitReason::NotAdopted));
    let effects = global.input(GlobalInput::Operate { ticket: Ticket(3), operation: Operation::Adopt });
    assert_eq!(answers(&effects).len(), 1);
}

#[test]
fn one_response_of_a_kind_at_a_time_and_changes_meanwhile_travel_together() {
    let mut global = global_with(Durable::new());
    global.input(GlobalInput::Operate { ticket: Ticket(2), operation: Operation::Admit(zone("plain")) });
    global.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
    assert_eq!(answers(&global.input(ask("MeshRetry"))).len(), 1);
    for attempts in 2..10 {
        assert_eq!(answers(&global.input(edit(vec![Change::Put(retry("a", attempts)), Change::Put(retry("b", attempts))]))), vec![]);
    }
    global.input(edit(vec![Change::Delete(retry("b", 1).key)]));
    let (first, second) = (global.nonce(1, 1), global.nonce(1, 2));
    let next = answers(&global.input(ack("MeshRetry", first)));
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].1, ["a"]);
    assert_eq!(next[0].2.len(), 1, "b is named as gone: a plain Kuma ignores what it never held");
    assert_eq!(answers(&global.input(ack("MeshRetry", second))), vec![]);
}

#[test]
fn a_backup_of_nothing_is_nothing_and_whoever_starts_from_it_begins_anew() {
    let mut copy = Durable::new();
    mark_backup(&mut copy);
    let mut global = global_with(copy);
    global.input(edit(vec![Change::Put(mesh("default")), Change::Put(retry("a", 1))]));
    assert_eq!(answers(&global.input(ask("MeshRetry"))), vec![]);
    assert_eq!(waiting(&global), Some(WaitReason::NotAdmitted));
}
