//! After a cut, what changed travels, and little else; and nothing to whom it does not concern. Counted in bytes, as JSON has them.
use super::moves::*;
use crate::alone::{Alone, mesh, resource, retry, zone};
use std::collections::VecDeque;
use strait_core::{Node, node::*, resource::Resource, sync::*};

const HELD: u32 = 10_000;
const CHANGED: u32 = HELD / 100;

/// A global with many policies in a mesh that only `east` holds.
fn full() -> Alone<GlobalNode> {
    let mut g = global();
    let spec = serde_json::json!({"zones": ["east"]});
    let mut writes = vec![Change::Put(mesh("default")), Change::Put(resource("MeshZones", Some("default"), "few", spec))];
    writes.extend((0..HELD).map(|n| Change::Put(retry(&format!("r{n}"), 1))));
    g.input(edit(writes));
    g
}

fn change(g: &mut Alone<GlobalNode>) -> Vec<GlobalEffect> {
    g.input(edit((0..CHANGED).map(|n| Change::Put(retry(&format!("r{}", n * 100), 7))).collect()))
}

/// What a zone is sent until nothing comes, all of it answered: bytes of messages, and the resources in them.
fn takes_all(g: &mut Alone<GlobalNode>, session: u64, said: Vec<GlobalEffect>) -> (usize, Vec<Resource>) {
    let (mut bytes, mut resources, mut said) = (0, Vec::new(), VecDeque::from(said));
    while let Some(effect) = said.pop_front() {
        let GlobalEffect::Response(Session(to), response) = effect else { continue };
        let ResponseBody::Resources { kind, nonce, put, .. } = &response.body else { continue };
        if to == session {
            bytes += serde_json::to_vec(&response).unwrap().len();
            resources.extend(put.iter().map(|put| put.as_ref().clone()));
            said.extend(g.input(down(session, RequestBody::Ack { kind: kind.clone(), nonce: nonce.clone() })));
        }
    }
    (bytes, resources)
}

#[test]
fn at_most_a_quarter_more_than_the_changed_bytes() {
    let mut g = full();
    let held = g.node.observe().head;
    change(&mut g);
    let said = strait_session(&mut g, "east", 1, &lineage(7, 0), held);
    let (bytes, resources) = takes_all(&mut g, 1, said);
    let changed: usize = resources.iter().map(|resource| serde_json::to_vec(resource).unwrap().len()).sum();
    assert_eq!(resources.len(), CHANGED as usize);
    assert!(bytes * 4 <= changed * 5, "{bytes} bytes for {changed} that changed");
    assert!(g.node.observe().peers[&zone("east")].provided.settled);
}

#[test]
fn nothing_to_a_zone_that_is_not_concerned() {
    let mut g = full();
    let held = g.node.observe().head;
    strait_session(&mut g, "west", 2, &lineage(8, 0), held);
    assert_eq!(takes_all(&mut g, 2, Vec::new()), (0, vec![]));
    let said = change(&mut g);
    assert_eq!(takes_all(&mut g, 2, said), (0, vec![]));
    // Its position follows with the next heartbeat, in one message without any resource.
    let said = g.run_for(2000);
    let (bytes, resources) = takes_all(&mut g, 2, said);
    assert!(resources.is_empty() && bytes < 300, "{bytes} bytes");
}

#[test]
fn an_edit_is_said_once_to_each_who_is_concerned_however_much_there_is() {
    let mut messages = Vec::new();
    for held in [100, 1000, 5000] {
        let mut g = global();
        g.input(edit([mesh("default")].into_iter().chain((0..held).map(|n| retry(&format!("r{n}"), 1))).map(Change::Put).collect()));
        let head = g.node.observe().head;
        (1..=20).for_each(|n| drop(strait_session(&mut g, &format!("z{n}"), n, &lineage(n, 0), head)));
        let said = g.input(edit(vec![Change::Put(retry("r7", 9))]));
        let bytes: usize = said
            .iter()
            .filter(|effect| matches!(effect, GlobalEffect::Response(..)))
            .map(|effect| serde_json::to_vec(effect).unwrap().len())
            .sum();
        messages.push((said.len(), bytes));
    }
    assert!(messages.iter().all(|(count, _)| *count == 21), "{messages:?}");
    assert!(messages.iter().all(|(_, bytes)| *bytes < 20 * 900), "{messages:?}");
}
