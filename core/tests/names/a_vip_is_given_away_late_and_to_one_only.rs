//! A service keeps its address, whatever happens to the resource that describes it; nobody else gets it soon after.
use crate::stage::{Zone, of_zone, service};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};
use strait_core::{node::VipState, vip::VipRange};

const REST_MS: u64 = 60_000;

#[test]
fn each_service_has_its_own_and_keeps_it_through_restarts_and_other_edits() {
    let mut zone = Zone::new();
    zone.put("web");
    zone.put("api");
    zone.hears("MeshService", vec![of_zone("west", "universal", "api")]);
    assert_eq!(zone.address("web"), Some(Ipv4Addr::new(241, 0, 0, 0)));
    assert_eq!(zone.address("api"), Some(Ipv4Addr::new(241, 0, 0, 1)));
    let before = zone.view().vips.clone();
    assert_eq!(before.len(), 3, "{before:?}");
    zone.restart();
    assert_eq!(zone.view().vips, before);
    zone.put("more");
    zone.delete("more");
    assert_eq!(zone.view().vips, before);
}

/// kumahq/kuma#13592: a delete followed by a create of the same service lost its address.
#[test]
fn a_service_that_is_made_again_has_the_same() {
    let mut zone = Zone::new();
    zone.put("web");
    let address = zone.address("web");
    zone.delete("web");
    assert_eq!(zone.address("web"), None);
    zone.alone.run_for(10 * REST_MS);
    zone.put("other");
    zone.restart();
    zone.put("web");
    assert_eq!(zone.address("web"), address);
}

#[test]
fn a_released_one_rests_before_another_service_gets_it_and_who_waits_is_named() {
    let mut zone = Zone::with_range("241.1.0.0/30");
    for name in ["a", "b", "c", "d", "e"] {
        zone.put(name);
    }
    let waits = |zone: &Zone| zone.view().vips.values().filter(|vip| **vip == VipState::Exhausted).count();
    assert_eq!((zone.address("e"), waits(&zone)), (None, 1));
    assert_eq!(zone.resolve("default", "e.svc.mesh.local"), Some(None), "the service is there, and has no address");
    let address = zone.address("b");
    zone.delete("b");
    zone.alone.run_for(REST_MS - 1);
    assert_eq!(zone.address("e"), None);
    zone.alone.run_for(1);
    assert_eq!((zone.address("e"), waits(&zone)), (address, 0));
    // Time that nobody was there for does not count.
    zone.put("f");
    zone.delete("a");
    zone.alone.run_for(REST_MS / 2);
    zone.restart();
    zone.alone.run_for(REST_MS / 2 + 5000);
    assert_eq!(zone.address("f"), None);
    zone.alone.run_for(REST_MS / 2);
    assert!(zone.address("f").is_some());
}

#[test]
fn a_larger_range_has_one_for_who_waits_and_moves_nobody() {
    let mut zone = Zone::with_range("241.1.0.0/30");
    let names = ["a", "b", "c", "d", "e", "f"];
    names.iter().for_each(|name| zone.put(name));
    let before: Vec<_> = names.iter().map(|name| zone.address(name)).collect();
    assert!(before[..4].iter().all(Option::is_some) && before[4..].iter().all(Option::is_none), "{before:?}");
    zone.restart_with_range("241.1.0.0/29");
    let after: Vec<_> = names.iter().map(|name| zone.address(name)).collect();
    assert_eq!(after[..4], before[..4]);
    assert_eq!(
        BTreeSet::from_iter(after.iter().flatten().map(|address| address.octets()[3])),
        BTreeSet::from([0, 1, 2, 3, 4, 5]),
        "{after:?}"
    );
}

/// Clients know the addresses that were given, wherever these lie.
#[test]
fn of_a_range_that_moves_or_shrinks_all_that_was_given_is_kept() {
    let mut zone = Zone::with_range("241.1.0.0/29");
    let names = ["a", "b", "c", "d", "e", "f"];
    names.iter().for_each(|name| zone.put(name));
    let before: Vec<_> = names.iter().map(|name| zone.address(name)).collect();
    for range in ["241.1.0.0/30", "241.2.0.0/30", "241.0.0.0/8"] {
        zone.restart_with_range(range);
        assert_eq!(names.iter().map(|name| zone.address(name)).collect::<Vec<_>>(), before, "{range}");
    }
    zone.restart_with_range("241.2.0.0/30");
    zone.put("new");
    assert_eq!(zone.address("new").map(|address| address.octets()), Some([241, 2, 0, 0]));
    // What is released outside of it is its own service's again, and nobody else's.
    zone.delete("a");
    zone.alone.run_for(10 * REST_MS);
    ["x", "y", "z", "late"].iter().for_each(|name| zone.put(name));
    assert_eq!(zone.address("late"), None);
    zone.put("a");
    assert_eq!(zone.address("a"), before[0]);
}

#[test]
fn a_range_says_what_is_wrong_with_it() {
    for (text, why) in [
        ("241.0.0.0", "a range is an address and a length"),
        ("x/8", "does not begin with an IPv4 address"),
        ("241.0.0.0/31", "its length must be 8 to 30"),
        ("241.0.0.1/8", "does not begin at its first address"),
        ("127.0.0.0/8", "mean something else"),
        ("fd00::/64", "does not begin with an IPv4 address"),
    ] {
        let said = text.parse::<VipRange>().unwrap_err().to_string();
        assert!(said.contains(why) && said.contains(text), "{said}");
    }
    assert_eq!("241.1.0.0/30".parse::<VipRange>().unwrap().to_string(), "241.1.0.0/30");
}

#[derive(Clone, Debug)]
enum Move {
    Put(u8),
    Delete(u8),
    Others(BTreeSet<u8>),
    Pass(u64),
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (0_u8..9).prop_map(Move::Put),
        3 => (0_u8..9).prop_map(Move::Delete),
        2 => prop::collection::btree_set(0_u8..6, 0..5).prop_map(Move::Others),
        3 => (0_u64..90_000).prop_map(Move::Pass),
        1 => Just(Move::Restart),
    ];
    prop::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// In eight addresses: no two have one, nobody has one of which another's clients may still know, nobody loses one, and if one is to be had
    /// nobody goes without.
    #[test]
    fn whatever_comes_and_goes(moves in moves()) {
        let mut zone = Zone::with_range("241.0.0.0/29");
        // By address: whose it was, and when that one had it last.
        let mut last = BTreeMap::<Ipv4Addr, (String, u64)>::new();
        for step in moves {
            match step {
                Move::Put(n) => zone.put(&format!("s{n}")),
                Move::Delete(n) => if zone.holds(&service("default", &format!("s{n}")).key) { zone.delete(&format!("s{n}")) },
                // A plain Kuma's later responses say what went; here each is a session's first.
                Move::Others(set) => {
                    zone.restart();
                    zone.hears("MeshService", set.iter().map(|n| of_zone("west", "universal", &format!("w{n}"))).collect());
                }
                Move::Pass(ms) => _ = zone.alone.run_for(ms),
                Move::Restart => zone.restart(),
            }
            let now = zone.now();
            let mut given = BTreeMap::new();
            let mut exhausted = 0;
            for (service, vip) in &zone.view().vips {
                match vip {
                    VipState::Given(address) => {
                        let before = given.insert(*address, service.to_string());
                        prop_assert!(before.is_none(), "{address} is {service}'s and {before:?}'s");
                    }
                    VipState::Exhausted => exhausted += 1,
                }
            }
            for (address, service) in &given {
                if let Some((other, until)) = last.get(address).filter(|(other, _)| other != service) {
                    prop_assert!(now >= until + REST_MS, "{address} was {other}'s until {until}, and is {service}'s at {now}");
                }
            }
            let unused = 8 - given.len() - last.iter().filter(|(address, _)| !given.contains_key(*address)).count();
            prop_assert!(exhausted == 0 || unused == 0, "{exhausted} wait, and {unused} addresses were never given");
            last.extend(given.into_iter().map(|(address, service)| (address, (service, now))));
            let services = zone.view().resources.values().filter(|resource| resource.kind().as_str() == "MeshService").count();
            prop_assert_eq!(zone.view().vips.len(), services);
        }
    }
}
