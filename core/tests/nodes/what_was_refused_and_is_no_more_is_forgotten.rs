//! What was refused is shown, part by part, and no longer once it is no more.
use super::moves::*;
use crate::alone::{Alone, kind, mesh, resource, retry, zone};
use strait_core::{Node, node::*, sync::*};

#[test]
fn what_was_refused_and_is_no_more_is_forgotten() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.input(dialed(1, Dialect::Strait));
    east.input(to_zone(1, ResponseBody::History { lineage: lineage(5, 1) }));
    // It does not say that it is global's.
    east.input(to_zone(1, part("MeshRetry", "1", vec![retry("bad", 1)], vec![], None, at(5, 1), 0, true)));
    let refused = |east: &Alone<ZoneNode>| east.node.observe().peers[&zone("east")].rejected.len();
    assert_eq!(refused(&east), 1);
    east.input(to_zone(1, part("MeshRetry", "2", vec![], vec![], None, at(5, 1), 0, true)));
    assert_eq!(refused(&east), 0);
}

#[test]
fn what_a_plain_kuma_refused_is_forgotten_once_it_is_deleted() {
    let mut g = refused_by_a_kuma_zone();
    assert_eq!(g.node.observe().peers[&zone("plain")].rejected.len(), 1);
    g.input(edit(vec![Change::Delete(retry("a", 1).key)]));
    let nonce = g.nonce(1, 2);
    g.input(down(1, RequestBody::Ack { kind: kind("MeshRetry"), nonce }));
    g.run_for(300_000);
    assert!(
        g.node.observe().peers[&zone("plain")].rejected.is_empty(),
        "kuma provider: {:?}",
        g.node.observe().peers[&zone("plain")].rejected
    );
}

#[test]
fn what_was_refused_of_an_earlier_part_is_shown() {
    let mut g = global();
    g.input(edit(vec![
        Change::Put(mesh("default")),
        Change::Put(retry("a", 1)),
        Change::Put(resource("Newcomer", None, "x", serde_json::json!({}))),
    ]));
    let said = strait_session(&mut g, "east", 1, &lineage(7, 0), None);
    for effect in said {
        let GlobalEffect::Response(_, Response { body: ResponseBody::Resources { kind, nonce, put, .. }, .. }) = effect else { continue };
        if kind.as_str() == "Mesh" {
            g.input(down(
                1,
                RequestBody::Nack { kind, nonce, message: "no mesh".into(), rejected: put.iter().map(|r| r.key.clone()).collect() },
            ));
        } else {
            g.input(down(1, RequestBody::Ack { kind, nonce }));
        }
    }
    assert_eq!(g.node.observe().peers[&zone("east")].rejected.len(), 1);
}
