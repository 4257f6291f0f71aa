//! Whatever a peer says and whatever the store gives back: no panic, and nobody else's resources are touched.
use crate::alone::{Alone, from_global, hello, kind, mesh, retry, zone};
use proptest::prelude::*;
use std::sync::Arc;
use strait_core::{
    Durable, GlobalNode, Node, Out, Recover, Seed, ZoneNode,
    node::{Change, GlobalConfig, GlobalInput, Operation, Refusal, Ticket, ZoneConfig, ZoneInput},
    resource::{RawSpec, Resource, Spec},
    sync::*,
    time::Now,
};

fn position() -> impl Strategy<Value = Position> {
    (0u64..4, 0u64..6).prop_map(|(epoch, seq)| Position { epoch: Epoch(epoch), seq })
}

/// Also histories that no honest peer has, as far as they can be read at all.
fn lineage() -> impl Strategy<Value = Lineage> {
    let starts = prop::collection::vec((0u64..4, 0u64..6), 0..4);
    (starts, prop::collection::vec(position(), 0..3), prop_oneof![0u64..8, Just(u64::MAX - 1)]).prop_map(|(mut starts, abandoned, head)| {
        starts.sort_by_key(|(_, first)| *first);
        let born = [(Epoch(0), 0)].into_iter();
        let starts: Vec<(Epoch, u64)> = born.chain(starts.into_iter().map(|(epoch, first)| (Epoch(epoch), first.min(head)))).collect();
        serde_json::from_value(serde_json::json!({"starts": starts, "abandoned": abandoned, "head": head})).unwrap()
    })
}

fn resource() -> impl Strategy<Value = Arc<Resource>> {
    (0usize..5, 0u32..3, any::<bool>(), prop::option::of(0usize..3)).prop_map(|(what, body, from, origin)| {
        let mut resource = match what {
            0 => mesh("default"),
            1 => retry("mine", body),
            2 => retry(&format!("r{body}"), body),
            3 => crate::alone::resource("Dataplane", Some("default"), "web", serde_json::json!({"networking": [body]})),
            _ => crate::alone::resource("Newcomer", None, "x", serde_json::json!({})),
        };
        if let Some(origin) = origin {
            resource.labels.insert("kuma.io/origin".to_owned(), ["zone", "global", "nobody"][origin].to_owned());
            resource.labels.insert("kuma.io/zone".to_owned(), ["east", "other", "???"][origin].to_owned());
        }
        if body == 2 && what == 2 {
            resource.spec = Spec::undecodable(RawSpec { type_url: String::new(), bytes: vec![0xff] }, "not JSON".to_owned());
        }
        if from { from_global(resource) } else { Arc::new(resource) }
    })
}

fn lane() -> impl Strategy<Value = Lane> {
    prop_oneof![Just(Lane::Down), Just(Lane::Up)]
}

fn response() -> impl Strategy<Value = Response> {
    let transfer = (prop::option::of(position()), position(), 0u32..3, any::<bool>()).prop_map(|(from, upto, part, last)| Transfer {
        from,
        upto,
        part,
        last,
    });
    let resources = (prop::collection::vec(resource(), 0..4), prop::collection::vec(resource(), 0..3), prop::option::of(transfer), 0u8..3);
    let resources = resources.prop_map(|(put, gone, transfer, nonce)| ResponseBody::Resources {
        kind: put.first().map_or_else(|| kind("MeshRetry"), |first| first.kind().clone()),
        nonce: Nonce(nonce.to_string()),
        gone: gone.iter().map(|resource| resource.key.clone()).collect(),
        put,
        transfer,
    });
    let body = prop_oneof![
        4 => resources,
        2 => lineage().prop_map(|lineage| ResponseBody::History { lineage }),
        1 => position().prop_map(|head| ResponseBody::Beat { head }),
    ];
    (lane(), body).prop_map(|(lane, body)| Response { lane, body })
}

fn request() -> impl Strategy<Value = Request> {
    let staged = (prop::option::of(position()), position(), 0u32..5).prop_map(|(from, upto, parts)| Staged {
        from,
        upto,
        parts,
        changes: u64::from(parts) * 2,
        checksum: Checksum(0),
    });
    let everything =
        (prop::option::of(lineage()), prop::option::of(position()), prop::option::of(staged), prop::collection::vec(resource(), 0..3));
    let nonce = || (0u8..4).prop_map(|nonce| Nonce(nonce.to_string()));
    let body = prop_oneof![
        Just(RequestBody::Subscribe { kind: kind("MeshRetry"), hello: hello("east", None) }),
        everything.prop_map(|(lineage, held, staged, rejected)| RequestBody::SubscribeAll {
            hello: hello("east", lineage),
            held,
            staged,
            rejected: rejected.iter().map(|resource| resource.key.clone()).collect(),
        }),
        nonce().prop_map(|nonce| RequestBody::Ack { kind: kind("MeshRetry"), nonce }),
        (nonce(), prop::collection::vec(resource(), 0..3)).prop_map(|(nonce, rejected)| RequestBody::Nack {
            kind: kind("MeshRetry"),
            nonce,
            message: "no".to_owned(),
            rejected: rejected.iter().map(|resource| resource.key.clone()).collect(),
        }),
        prop::option::of(position()).prop_map(|held| RequestBody::Beat { held }),
    ];
    (lane(), body).prop_map(|(lane, body)| Request { lane, body })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    prop_oneof![Just(Dialect::Kuma), Just(Dialect::Strait)]
}

fn session() -> impl Strategy<Value = Session> {
    (1u64..4).prop_map(Session)
}

#[derive(Clone, Debug)]
enum Said {
    Opened(Session, bool, Dialect),
    Closed(Session),
    Request(Session, Request),
    Response(Session, Response),
    Wait(u16),
    Decide(bool),
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        2 => (session(), any::<bool>(), dialect()).prop_map(|(session, east, dialect)| Said::Opened(session, east, dialect)),
        1 => session().prop_map(Said::Closed),
        4 => (session(), request()).prop_map(|(session, request)| Said::Request(session, request)),
        4 => (session(), response()).prop_map(|(session, response)| Said::Response(session, response)),
        1 => (0u16..9000).prop_map(Said::Wait),
        1 => any::<bool>().prop_map(Said::Decide),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn by_global_which_keeps_what_its_users_wrote(said in prop::collection::vec(said(), 0..40)) {
        let (mut global, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 1, Durable::new());
        let changes = vec![Change::Put(mesh("default")), Change::Put(retry("mine", 1))];
        global.input(GlobalInput::Edit { ticket: Ticket(1), changes });
        let mine = |global: &Alone<GlobalNode>| global.node.view().resources.get(&retry("mine", 1).key).cloned();
        let before = mine(&global);
        prop_assert!(before.is_some());
        for said in said {
            let zone = |east: bool| zone(if east { "east" } else { "other" });
            match said {
                Said::Opened(session, east, dialect) => { global.input(GlobalInput::Opened { session, zone: zone(east), dialect }); }
                Said::Closed(session) => { global.input(GlobalInput::Closed { session }); }
                Said::Request(session, request) => { global.input(GlobalInput::Request(session, global.about_the_nth(session, request))); }
                Said::Response(session, response) => { global.input(GlobalInput::Response(session, response)); }
                Said::Wait(ms) => { global.run_for(u64::from(ms)); }
                Said::Decide(east) => {
                    for operation in [Operation::Admit(zone(east)), Operation::AdoptZone(zone(east)), Operation::Adopt] {
                        global.input(GlobalInput::Operate { ticket: Ticket(2), operation });
                    }
                }
            }
            prop_assert_eq!(mine(&global), before.clone());
        }
        // What it stored can be read back.
        let (again, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 2, global.disk.clone());
        prop_assert_eq!(&again.node.view().resources, &global.node.view().resources);
    }

    #[test]
    fn by_a_zone_which_keeps_what_its_users_wrote(said in prop::collection::vec(said(), 0..40)) {
        let (mut east, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 1, Durable::new());
        let mine = crate::alone::resource("HostnameGenerator", None, "mine", serde_json::json!({"selector": {"meshService": {}}, "template": "{{ .DisplayName }}.x"}));
        east.input(ZoneInput::Edit { ticket: Ticket(1), changes: vec![Change::Put(mine.clone())] });
        let held = |east: &Alone<ZoneNode>| east.node.view().resources.get(&mine.key).cloned();
        let before = held(&east);
        prop_assert!(before.is_some());
        for said in said {
            match said {
                Said::Opened(session, _, dialect) => { east.input(ZoneInput::Dialed(Ok((session, dialect)))); }
                Said::Closed(session) => { east.input(ZoneInput::Closed { session, why: Some(Refusal::NameTaken) }); }
                Said::Request(session, request) => { east.input(ZoneInput::Request(session, east.about_the_nth(session, request))); }
                Said::Response(session, response) => { east.input(ZoneInput::Response(session, response)); }
                Said::Wait(ms) => { east.run_for(u64::from(ms)); }
                Said::Decide(_) => { east.input(ZoneInput::Operate { ticket: Ticket(2), operation: Operation::Adopt }); }
            }
            prop_assert_eq!(held(&east), before.clone());
        }
        let (again, _) = Alone::<ZoneNode>::start(ZoneConfig::new(zone("east")), 2, east.disk.clone());
        prop_assert_eq!(&again.node.view().resources, &east.node.view().resources);
    }

    #[test]
    fn by_recovery_which_names_the_record(which in any::<prop::sample::Index>(), garbage in prop::collection::vec(any::<u8>(), 0..40)) {
        let (mut global, _) = Alone::<GlobalNode>::start(GlobalConfig::new(), 1, Durable::new());
        let changes = vec![Change::Put(mesh("default")), Change::Put(retry("a", 1)), Change::Put(retry("b", 1))];
        global.input(GlobalInput::Edit { ticket: Ticket(1), changes });
        global.input(GlobalInput::Edit { ticket: Ticket(2), changes: vec![Change::Delete(retry("a", 1).key)] });
        let mut disk = global.disk.clone();
        let key = which.get(&disk.keys().cloned().collect::<Vec<_>>()).clone();
        disk.insert(key.clone(), garbage);
        if let Err(error) = GlobalNode::recover(GlobalConfig::new(), Seed(2), Now::default(), &disk, &mut Out::new()) {
            prop_assert_eq!(error.key, key);
        }
    }
}

#[test]
fn a_history_without_birth_or_order_is_not_read() {
    let read = |text: &str| serde_json::from_str::<Lineage>(text).unwrap_err().to_string();
    insta::assert_snapshot!(read(r#"{"starts": [], "head": 0}"#), @"a history has a birth: its first start is at sequence 0");
    insta::assert_snapshot!(read(r#"{"starts": [["0000000000000001", 0], ["0000000000000002", 5], ["0000000000000003", 4]], "head": 9}"#), @"the starts of a history ascend in their sequence");
    insta::assert_snapshot!(read(r#"{"starts": [["0000000000000001", 0], ["0000000000000002", 5]], "head": 3}"#), @"a history cannot have a start beyond its head");
}
