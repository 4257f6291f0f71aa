//! A kind that is not in the table travels both ways, byte for byte, and outlives restarts: an older or newer peer loses nothing.
use super::moves::{down, edit, global, operate};
use crate::{
    alone::{Alone, from_global, hello, kuma_response},
    pair::*,
};
use strait_core::{Node, Step, node::*, resource::*, sync::*};

const BYTES: &[u8] = &[8, 1, 0xff, 0, 18, 3, b'n', b'e', b'w'];

fn newcomer(name: &str, bytes: &[u8]) -> Resource {
    let raw = RawSpec { type_url: "type.googleapis.com/kuma.mesh.v9.MeshFairness2030".to_owned(), bytes: bytes.to_vec() };
    let key = Key {
        kind: Kind::new("MeshFairness2030").unwrap(),
        mesh: Some(MeshName::new("default").unwrap()),
        name: ResourceName::new(name).unwrap(),
    };
    let labels = Labels::from([("example.com/unheard-of".to_owned(), "kept".to_owned())]);
    Resource { key, labels, spec: Spec::opaque(raw), status: None }
}

/// What is held of the newcomers: display names and bytes.
fn held(node: &impl Node) -> Vec<(String, Vec<u8>)> {
    let held = node.view().resources.values().filter(|held| held.kind().as_str() == "MeshFairness2030");
    held.map(|held| {
        assert_eq!(held.labels["example.com/unheard-of"], "kept");
        let raw = held.spec.raw().unwrap();
        assert_eq!(raw.type_url, "type.googleapis.com/kuma.mesh.v9.MeshFairness2030");
        (held.display_name().to_owned(), raw.bytes.clone())
    })
    .collect()
}

fn one(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    vec![(name.to_owned(), bytes.to_vec())]
}

#[test]
fn from_global_to_its_zones() {
    let mut pair = Pair::new(&["east", "west"]);
    pair.edit(vec![Change::Put(mesh("default")), Change::Put(newcomer("a", BYTES))]).unwrap();
    pair.run_for(1000);
    for zone in ["east", "west"] {
        assert_eq!(held(pair.zone_node(zone)), one("a", BYTES), "{zone}");
    }
    pair.stop_zone("east");
    pair.start_zone("east");
    assert_eq!(held(pair.zone_node("east")), one("a", BYTES), "its store gives it back");
    pair.edit(vec![Change::Put(newcomer("a", b"other"))]).unwrap();
    pair.run_for(20_000);
    assert_eq!(held(pair.zone_node("east")), one("a", b"other"));
    pair.edit(vec![Change::Delete(newcomer("a", BYTES).key)]).unwrap();
    pair.run_for(1000);
    assert_eq!(held(pair.zone_node("east")), []);
}

#[test]
fn from_a_zone_to_global_and_no_further() {
    let mut pair = Pair::new(&["east", "west"]);
    pair.edit(vec![Change::Put(mesh("default"))]).unwrap();
    pair.run_for(1000);
    pair.edit_zone("east", vec![Change::Put(newcomer("b", BYTES))]).unwrap();
    pair.run_for(1000);
    assert_eq!(held(pair.global_node()), one("b", BYTES));
    assert_eq!(held(pair.zone_node("west")), [], "nobody knows whether it is for other zones");
    let home = |node: &GlobalNode| node.view().resources.values().find(|held| held.display_name() == "b").and_then(|held| held.zone());
    assert_eq!(home(pair.global_node()), Some(zone("east")));
    pair.stop_global();
    pair.start_global();
    assert_eq!(held(pair.global_node()), one("b", BYTES));
    pair.edit_zone("east", vec![Change::Delete(newcomer("b", BYTES).key)]).unwrap();
    pair.run_for(20_000);
    assert_eq!(held(pair.global_node()), []);
}

#[test]
fn from_a_newer_kuma_global_to_a_zone() {
    let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Default::default());
    east.step(Step::Tick);
    east.input(ZoneInput::Dialed(Ok((Session(1), Dialect::Kuma))));
    let from = |kind: &str, what: Resource| ZoneInput::Response(Session(1), kuma_response(kind, "1", vec![from_global(what)], vec![]));
    east.input(from("Mesh", mesh("default")));
    let said = east.input(from("MeshFairness2030", newcomer("c", BYTES)));
    let is_ack = |effect: &ZoneEffect| matches!(effect, ZoneEffect::Request(_, Request { body: RequestBody::Ack { .. }, .. }));
    assert!(said.iter().any(is_ack), "{said:?}");
    assert_eq!(held(&east.node), one("c", BYTES));
}

#[test]
fn also_to_a_plain_kuma_zone_that_asks_for_it() {
    let mut g = global();
    g.input(operate(Operation::Admit(zone("plain"))));
    g.input(edit(vec![Change::Put(mesh("default")), Change::Put(newcomer("d", BYTES))]));
    g.input(GlobalInput::Opened { session: Session(1), zone: zone("plain"), dialect: Dialect::Kuma });
    let hello = hello("plain", None);
    let said = g.input(down(1, RequestBody::Subscribe { kind: Kind::new("MeshFairness2030").unwrap(), hello }));
    let sent = said.iter().find_map(|effect| match effect {
        GlobalEffect::Response(_, Response { body: ResponseBody::Resources { put, .. }, .. }) => put.first(),
        _ => None,
    });
    assert_eq!(sent.and_then(|sent| sent.spec.raw()).map(|raw| raw.bytes.as_slice()), Some(BYTES), "{said:?}");
}
