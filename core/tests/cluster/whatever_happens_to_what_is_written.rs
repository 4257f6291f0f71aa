//! Whatever the API does with what it is asked, in whatever order it tells what happened, whoever edits what is the zone's, and whenever the zone is
//! killed: in the end the cluster has what the zone has, and no address was ever told of two services, or before its object was there.
use crate::{
    api::{Api, id},
    written::{FOLLOWED, Written, custom, followed, service, timeout, timeout_spec, union},
};
use proptest::prelude::*;
use serde_json::json;
use std::{collections::BTreeMap, net::Ipv4Addr};
use strait_core::{
    Durable,
    kubernetes::{NotDone, ObjectId, ObjectKind},
    names::ServiceId,
    node::{Change, VipState},
};

fn object(number: u8) -> ObjectId {
    id(custom("MeshTimeout"), if number.is_multiple_of(2) { "shop" } else { "kuma-system" }, &format!("user-{number}"))
}

fn service_id(name: &str) -> ServiceId {
    ServiceId::of(&union(name), &crate::alone::zone("east")).unwrap()
}

fn address(number: u8) -> ObjectId {
    id(ObjectKind::ConfigMap, "kuma-system", &format!("strait-vip-243-0-0-{number}"))
}

#[derive(Clone, Debug)]
enum Move {
    /// On global.
    Policy(u8, u8),
    NoPolicy(u8),
    Union(u8),
    NoUnion(u8),
    /// By the API of the zone.
    Service(u8),
    NoService(u8),
    /// In the cluster.
    Apply(u8, u8),
    Nonsense(u8),
    Delete(u8),
    /// What is the zone's, by somebody else.
    EditCopy(u8),
    DeleteCopy(u8),
    StripCopy(u8),
    /// Addresses: somebody else is faster, says so or not, or takes one away.
    Foreign(u8, bool),
    DeleteAddress(u8),
    /// It is done, and said.
    Answer(u8),
    /// It is done, and nobody says so.
    Lose(u8),
    Refuse(u8, u8),
    /// It is told what happened, so much of it.
    Watch(u8, u8),
    List(u8),
    Wait(u16),
    Kill,
}

fn a_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        4 => (0..4_u8, 1..4_u8).prop_map(|(policy, seconds)| Move::Policy(policy, seconds)),
        2 => (0..4_u8).prop_map(Move::NoPolicy),
        4 => (0..4_u8).prop_map(Move::Union),
        2 => (0..4_u8).prop_map(Move::NoUnion),
        3 => (0..3_u8).prop_map(Move::Service),
        2 => (0..3_u8).prop_map(Move::NoService),
        4 => (0..4_u8, 1..4_u8).prop_map(|(object, seconds)| Move::Apply(object, seconds)),
        1 => (0..4_u8).prop_map(Move::Nonsense),
        2 => (0..4_u8).prop_map(Move::Delete),
        2 => any::<u8>().prop_map(Move::EditCopy),
        2 => any::<u8>().prop_map(Move::DeleteCopy),
        1 => any::<u8>().prop_map(Move::StripCopy),
        2 => (0..8_u8, any::<bool>()).prop_map(|(address, says_so)| Move::Foreign(address, says_so)),
        1 => (0..8_u8).prop_map(Move::DeleteAddress),
        14 => any::<u8>().prop_map(Move::Answer),
        3 => any::<u8>().prop_map(Move::Lose),
        3 => (any::<u8>(), 0..4_u8).prop_map(|(nth, why)| Move::Refuse(nth, why)),
        10 => (0..8_u8, 1..4_u8).prop_map(|(kind, most)| Move::Watch(kind, most)),
        2 => (0..8_u8).prop_map(Move::List),
        4 => (1..20_000_u16).prop_map(Move::Wait),
        1 => Just(Move::Kill),
    ]
}

fn copies(api: &Api) -> Vec<ObjectId> {
    FOLLOWED.iter().flat_map(|kind| api.copies(custom(kind))).map(|(id, _)| id.clone()).collect()
}

fn of_copies(world: &mut Written, nth: u8, act: impl FnOnce(&mut Api, &ObjectId)) {
    let all = copies(&world.api);
    if !all.is_empty() {
        act(&mut world.api, &all[usize::from(nth) % all.len()]);
    }
}

fn do_it(world: &mut Written, step: &Move) {
    match step {
        Move::Policy(number, seconds) => world.put(timeout(&format!("policy-{number}"), *seconds)),
        Move::NoPolicy(number) => world.delete(&timeout(&format!("policy-{number}"), 1).key),
        Move::Union(number) => world.put(union(&format!("union-{number}"))),
        Move::NoUnion(number) => world.delete(&union(&format!("union-{number}")).key),
        Move::Service(number) => _ = world.edit(Change::Put(service(&format!("service-{number}")))),
        Move::NoService(number) => _ = world.edit(Change::Delete(service(&format!("service-{number}")).key)),
        Move::Apply(number, seconds) => world.api.apply(&object(*number), json!({"metadata": {}, "spec": timeout_spec(*seconds)})),
        Move::Nonsense(number) => world.api.apply(&object(*number), json!({"metadata": {}, "spec": {"to": 5}})),
        Move::Delete(number) => world.api.delete(&object(*number)),
        Move::EditCopy(nth) => of_copies(world, *nth, |api, id| api.edit(id, |value| value["spec"]["edited"] = json!(true))),
        Move::DeleteCopy(nth) => of_copies(world, *nth, Api::delete),
        Move::StripCopy(nth) => {
            of_copies(world, *nth, |api, id| api.edit(id, |value| value["metadata"]["annotations"] = json!({"kuma.io/a": "b"})))
        }
        Move::Foreign(number, says_so) => {
            let service = service_id("elsewhere");
            let mark = if *says_so { json!({"app.kubernetes.io/managed-by": "strait-zone"}) } else { json!({}) };
            let said = format!("243.0.0.{number}");
            let data = json!({"zone": "east", "address": said, "service": serde_json::to_string(&service).unwrap()});
            if !world.api.objects.contains_key(&address(*number)) {
                world.api.apply(&address(*number), json!({"metadata": {"labels": mark}, "data": data}));
            }
        }
        Move::DeleteAddress(number) => world.api.delete(&address(*number)),
        Move::Answer(nth) => world.answer((*nth).into(), |outcome| outcome),
        Move::Lose(nth) => world.answer((*nth).into(), |_| Err(NotDone::Unknown { why: "lost".to_owned(), wait_ms: 0 })),
        Move::Refuse(nth, why) => {
            let why = match why {
                0 => NotDone::Unknown { why: "429".to_owned(), wait_ms: 3000 },
                1 => NotDone::Conflict,
                2 => NotDone::AlreadyThere,
                _ => NotDone::Refused("403".to_owned()),
            };
            world.refuse((*nth).into(), why);
        }
        Move::Watch(kind, most) => {
            let kind = followed().nth(usize::from(*kind) % followed().count()).unwrap();
            world.watch(kind, (*most).into());
        }
        Move::List(kind) => {
            let kind = followed().nth(usize::from(*kind) % followed().count()).unwrap();
            world.list(kind);
        }
        Move::Wait(ms) => world.run_for((*ms).into()),
        Move::Kill => world.node = None,
    }
}

/// What died is started anew, and dies no more.
fn revive(world: &mut Written) {
    if world.node.is_none() {
        world.fuse = usize::MAX;
        world.start();
        world.connect();
    }
}

/// Whom each address was told of at one time, that was told of at all.
fn check_addresses(world: &Written, objects: &mut BTreeMap<Ipv4Addr, Vec<ServiceId>>) {
    for (id, value) in &world.api.objects {
        let Some(address) = id.name.name.strip_prefix("strait-vip-") else { continue };
        let address: Ipv4Addr = address.replace('-', ".").parse().unwrap();
        let Ok(service) = serde_json::from_str(value["data"]["service"].as_str().unwrap_or_default()) else { continue };
        let services = objects.entry(address).or_default();
        if services.last() != Some(&service) {
            services.push(service);
        }
    }
    let Some(_) = &world.node else { return };
    for (service, vip) in world.vips() {
        let VipState::Given(address) = vip else { continue };
        let said = objects.get(&address).is_some_and(|services| services.contains(&service));
        assert!(said, "{address} was told of {service} before its object was there: {objects:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_cluster_has_what_the_zone_has(
        moves in prop::collection::vec(a_move(), 1..80),
        fuses in prop::collection::vec(1..60_usize, 0..6),
        loses_store in any::<bool>(),
    ) {
        let mut world = Written::new();
        world.connect();
        world.list_all();
        let mut fuses = fuses.into_iter();
        let mut objects = BTreeMap::new();
        for step in &moves {
            if world.fuse == usize::MAX {
                world.fuse = fuses.next().unwrap_or(usize::MAX);
            }
            do_it(&mut world, step);
            check_addresses(&world, &mut objects);
            revive(&mut world);
        }
        world.fuse = usize::MAX;
        revive(&mut world);
        world.list_all();
        world.settle();
        world.check();
        check_addresses(&world, &mut objects);
        // What users applied is there. What was right once stays as it was when they make nonsense of it, and goes with it.
        let held: Vec<String> = world.names("MeshTimeout").into_iter().filter(|name| name.starts_with("user-")).collect();
        for number in 0..4 {
            let name = format!("user-{number}");
            let there = world.api.objects.get(&object(number));
            let is_right = there.is_some_and(|value| value["spec"]["to"].is_array());
            prop_assert!(!is_right || held.contains(&name), "{} is not held: {:?}", name, held);
            prop_assert!(there.is_some() || !held.contains(&name), "{} is held still", name);
        }
        // All that have an address have it for good, also if the zone loses everything.
        let before = world.vips();
        prop_assert!(before.values().all(|vip| matches!(vip, VipState::Given(_))), "{:?}", before);
        let writes = world.api.writes;
        if loses_store {
            world.disk = Durable::new();
        }
        world.start();
        world.run_for(20_000);
        world.connect();
        world.list_all();
        world.settle();
        if loses_store && moves.iter().any(|step| matches!(step, Move::Foreign(..))) {
            // Somebody else may have what the object of an address was.
            let is_all = world.vips().values().all(|vip| matches!(vip, VipState::Given(_)));
            prop_assert!(is_all && world.vips().len() == before.len(), "{:?} were {:?}", world.vips(), before);
        } else {
            prop_assert_eq!(world.vips(), before);
        }
        world.check();
        if !loses_store {
            // That it began is written, and nothing else.
            prop_assert!(world.api.writes <= writes + 1, "{} writes more", world.api.writes - writes);
        }
        let kept = world.api.copies(ObjectKind::ConfigMap).into_iter().filter(|(id, _)| id.name.name.starts_with("strait-history-")).count();
        prop_assert_eq!(kept, 1);
    }
}
