//! A zone is who its session says it is; what it says of itself beside that, in messages and in resources, counts for nothing.
use super::moves::*;
use crate::alone::{hello, kind, mesh, resource, zone};
use serde_json::json;
use strait_core::{Node, node::*, resource::*, sync::*};

fn from(zone_name: &str, mut claims: Resource) -> Resource {
    claims.labels.insert(labels::ORIGIN.to_owned(), "zone".to_owned());
    claims.labels.insert(labels::ZONE.to_owned(), zone_name.to_owned());
    claims
}

#[test]
fn what_it_announces_in_the_name_of_another_is_its_own() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    strait_session(&mut g, "east", 1, &lineage(7, 3), None);
    let service = from("west", resource("MeshService", Some("default"), "s", json!({"selector": {}, "ports": [{"port": 80}]})));
    let tags = json!({"kuma.io/service": "a", "kuma.io/zone": "west"});
    let proxy = json!({"networking": {"address": "10.0.0.1", "inbound": [{"port": 80, "tags": tags}]}});
    let proxy = from("west", resource("Dataplane", Some("default"), "p", proxy));
    let ingress = json!({"zone": "west", "networking": {"address": "10.0.0.2", "port": 10001}, "availableServices": [{"instances": 1, "mesh": "default", "tags": {"kuma.io/service": "a", "kuma.io/zone": "west"}}]});
    let ingress = from("west", resource("ZoneIngress", None, "i", ingress));
    let keys = [service.key.clone(), proxy.key.clone(), ingress.key.clone()];
    g.input(up(1, part("Dataplane", "1", vec![proxy], vec![], None, at(7, 1), 0, false)));
    g.input(up(1, part("MeshService", "2", vec![service], vec![], None, at(7, 1), 1, false)));
    g.input(up(1, part("ZoneIngress", "3", vec![ingress], vec![], None, at(7, 1), 2, true)));
    for key in &keys {
        assert_eq!(g.node.view().resources[key].zone(), Some(zone("east")), "{key}");
    }
    let spec = |key: &Key| g.node.view().resources[key].spec.value().unwrap().clone();
    assert_eq!(spec(&keys[1])["networking"]["inbound"][0]["tags"]["kuma.io/zone"], "east");
    assert_eq!(spec(&keys[2])["zone"], "east");
    assert_eq!(spec(&keys[2])["availableServices"][0]["tags"]["kuma.io/zone"], "east");
}

#[test]
fn the_name_in_its_messages_opens_no_other_door() {
    let mut g = global();
    g.input(edit(vec![Change::Put(mesh("default"))]));
    strait_session(&mut g, "west", 1, &lineage(7, 2), None);
    let own = resource("MeshService", Some("default"), "s", json!({"selector": {}, "ports": [{"port": 80}]}));
    g.input(up(1, part("MeshService", "1", vec![own.clone()], vec![], None, at(7, 1), 0, true)));
    // What west made goes to everybody but west. This session is east's, whoever its messages say that they are from.
    g.input(GlobalInput::Opened { session: Session(2), zone: zone("east"), dialect: Dialect::Strait });
    let body = RequestBody::SubscribeAll { hello: hello("west", Some(lineage(9, 1))), held: None, staged: None, rejected: vec![] };
    let said = g.input(down(2, body));
    let sent = said.iter().any(|effect| {
        matches!(effect, GlobalEffect::Response(Session(2), Response { body: ResponseBody::Resources { kind: sent, put, .. }, .. })
            if *sent == kind("MeshService") && put.len() == 1)
    });
    assert!(sent, "east was served as if it were west: {said:?}");
    assert!(g.node.observe().peers[&zone("west")].session.is_some(), "west lost its session to a name in a message");
}
