//! What is too deep, too many or too long is refused, and does not fill the memory.
use super::moves::*;
use crate::alone::{mesh, resource, retry, zone};
use std::collections::VecDeque;
use strait_core::{Node, Out, Recover, Seed, node::*, sync::*, time::Now};

#[test]
fn a_nack_of_many_does_not_take_memory_squared() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    g.input(edit((0..3000).map(|n| Change::Put(retry(&format!("r{n}"), 1))).collect()));
    let mut said: VecDeque<_> = strait_session(&mut g, "east", 1, &lineage(7, 0), None).into();
    while let Some(effect) = said.pop_front() {
        let GlobalEffect::Response(_, Response { body: ResponseBody::Resources { kind, nonce, put, .. }, .. }) = effect else { continue };
        if kind.as_str() != "MeshRetry" {
            said.extend(g.input(down(1, RequestBody::Ack { kind, nonce })));
            continue;
        }
        let rejected: Vec<_> = put.iter().map(|r| r.key.clone()).collect();
        // Just as `Peer::answer` words it.
        let message = rejected
            .iter()
            .map(|key| format!("{key}: spec.to[0].default.http.numRetries: must be in the range [0, 100]"))
            .collect::<Vec<_>>()
            .join("; ");
        said.extend(g.input(down(1, RequestBody::Nack { kind, nonce, message, rejected })));
    }
    assert_eq!(g.node.observe().peers[&zone("east")].rejected.len(), 3000);
    let bytes: usize = g.node.observe().peers[&zone("east")].rejected.values().map(|r| r.why.len()).sum();
    assert!(bytes < 10 << 20, "{bytes} bytes in one copy of the observation; kept in Peer, Told and Observation");
}

#[test]
fn a_deep_spec_does_not_stop_global() {
    let mut bad = vec![];
    for depth in 90..=127usize {
        let mut g = global();
        g.input(edit(vec![Change::Put(mesh("default"))]));
        strait_session(&mut g, "east", 1, &lineage(7, 1), None);
        let text = format!("{{\"selector\":{{}},\"ports\":[{{\"port\":80}}],\"future\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let Ok(value) = serde_json::from_slice(text.as_bytes()) else { continue };
        let svc = resource("MeshService", Some("default"), "s", value);
        g.input(up(1, part("MeshService", "1", vec![svc.clone()], vec![], None, at(7, 1), 0, true)));
        if !holds(&g, &svc.key) {
            let refused = &g.node.observe().peers[&zone("east")].rejected;
            assert!(refused.values().any(|refused| refused.why.contains("nested deeper than 100")), "{depth}: {refused:?}");
            continue;
        }
        if let Err(e) = GlobalNode::recover(GlobalConfig::new(), Seed(2), Now::default(), &g.disk, &mut Out::new()) {
            bad.push((depth, e.to_string()));
        }
    }
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn what_is_refused_of_one_transfer_is_bounded() {
    let mut g = global();
    strait_session(&mut g, "east", 1, &lineage(7, 1), None);
    let mut closed = false;
    for n in 0..300u32 {
        let put = (0..1000).map(|m| mesh(&format!("x{n}-{m}"))).collect();
        let said = g.input(up(1, part("Mesh", &n.to_string(), put, vec![], None, at(7, 1), n, false)));
        closed |= said.iter().any(|e| matches!(e, GlobalEffect::Close { .. }));
    }
    assert!(closed, "300,000 refused resources in one staged transfer");
}
