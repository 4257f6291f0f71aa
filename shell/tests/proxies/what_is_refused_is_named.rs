//! A proxy that refuses something keeps what it had; it is not offered the same again, and everything else goes on.
use crate::stage::{Envoy, called, plan, update};
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    node::FromProxy,
    plan::{Entrance, Part, PartName},
};
use strait_proto::discovery::DeltaDiscoveryRequest;
use strait_shell::{envoy::XdsType, proxies::Nonsense};

#[test]
fn until_it_is_another() {
    let (before, after) = (plan(&[("stock", "10.1.0.8")]), plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]));
    let mut envoy = Envoy::refusing(vec![called("pay")]);
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 1 }));
    envoy.delta.update(update(2, &before, &after));
    let Some(FromProxy::Refused { update: 2, why, .. }) = envoy.settle() else { panic!("it was not refused") };
    assert!(why.contains(&format!("cluster {}: no: {}", called("pay"), called("pay"))), "{why}");
    envoy.told.clear();
    assert_eq!(envoy.settle(), None);
    assert_eq!(envoy.told, [""; 0], "the same is not offered again");
    envoy.delta.update(update(3, &after, &before));
    assert_eq!(envoy.settle(), Some(FromProxy::Took { update: 3 }), "what is no more is not refused any more");
}

#[test]
fn what_was_taken_beside_it_is_not() {
    let before = plan(&[("stock", "10.1.0.8")]);
    // One name begins with the other.
    let after = plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9"), ("pay-2", "10.1.0.10")]);
    let mut envoy = Envoy::refusing(vec![called("pay-2")]);
    envoy.takes_the_rest = true;
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &before));
    envoy.settle();
    envoy.told.clear();
    envoy.delta.update(update(2, &before, &after));
    let Some(FromProxy::Refused { update: 2, why, .. }) = envoy.settle() else { panic!("it was not refused") };
    assert!(why.starts_with(&format!("cluster {}: Error adding/updating", called("pay-2"))), "{why}");
    assert!(!why.contains(&format!("cluster {}:", called("pay"))), "{why}");
    assert_eq!(envoy.told[..2], [format!("cluster: {} {}", called("pay-2"), called("pay")), format!("endpoints of: {}", called("pay"))]);
    assert!(envoy.told[2].starts_with("listener: "), "{:?}", envoy.told);
}

#[test]
fn not_all_of_it_is_said() {
    let names: Vec<String> = (0..100).map(|number| format!("service-{number}")).collect();
    let services: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "10.1.0.9")).collect();
    let mut envoy = Envoy::refusing(names.iter().map(|name| called(name)).collect());
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &plan(&services)));
    let Some(FromProxy::Refused { update: 1, why, .. }) = envoy.settle() else { panic!("it was not refused") };
    assert!(why.len() < 3000, "{}", why.len());
    assert!(why.starts_with("cluster kri_"), "{why}");
    let (_, rest) = why.rsplit_once("; and ").unwrap();
    assert!(rest.strip_suffix(" more").unwrap().parse::<usize>().unwrap() >= 99, "{why}");
}

#[test]
fn what_makes_no_sense_ends_the_stream() {
    let ask = |of: &str| DeltaDiscoveryRequest { type_url: of.to_owned(), ..DeltaDiscoveryRequest::default() };
    let mut envoy = Envoy::default();
    assert_eq!(envoy.delta.request(ask("type.googleapis.com/nothing")), Err(Nonsense::Type("type.googleapis.com/nothing".to_owned())));
    let names = (0..100_001).map(|number| number.to_string()).collect();
    let request = DeltaDiscoveryRequest { resource_names_subscribe: names, ..ask(XdsType::Endpoints.url()) };
    assert_eq!(envoy.delta.request(request), Err(Nonsense::TooMuch));
    let mut envoy = Envoy::default();
    for (of, outcome) in [(XdsType::Endpoints, Ok(())), (XdsType::Secret, Err(Nonsense::TooLong))] {
        let request = DeltaDiscoveryRequest { resource_names_subscribe: vec!["x".repeat(3 << 20)], ..ask(of.url()) };
        assert_eq!(envoy.delta.request(request), outcome);
    }
}

#[test]
fn and_so_are_the_parts_of_the_plan_that_it_is_of() {
    let entrance = Part::Entrance(Entrance { listens: "10.0.0.100:10001".parse().unwrap() });
    let ingress = BTreeMap::from([(PartName::Entrance, entrance)]);
    let mut envoy = Envoy::refusing(vec!["self_zoneingress".to_owned()]);
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &ingress));
    let Some(FromProxy::Refused { update: 1, parts, why }) = envoy.settle() else { panic!("it was not refused") };
    assert_eq!(parts, BTreeSet::from([PartName::Entrance]), "{why}");
    // Of a service that is refused, what leads to it is not.
    let plan = plan(&[("stock", "10.1.0.8"), ("pay", "10.1.0.9")]);
    let mut envoy = Envoy::refusing(vec![called("pay")]);
    envoy.takes_the_rest = true;
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &plan));
    let Some(FromProxy::Refused { parts, .. }) = envoy.settle() else { panic!("it was not refused") };
    assert!(parts.iter().any(|part| matches!(part, PartName::Cluster(to) if to.service.name == "pay")), "{parts:?}");
    assert!(!parts.iter().any(|part| matches!(part, PartName::Cluster(to) if to.service.name == "stock")), "{parts:?}");
}

/// A port that another process has is free some time: then a listener is said again, and only that.
#[test]
fn a_listener_whose_port_was_taken_is_offered_again() {
    let entrance = Part::Entrance(Entrance { listens: "10.0.0.100:10001".parse().unwrap() });
    let ingress = BTreeMap::from([(PartName::Entrance, entrance)]);
    for cannot_bind in [false, true] {
        let mut envoy = Envoy::refusing(vec!["self_zoneingress".to_owned()]);
        envoy.cannot_bind = cannot_bind;
        envoy.connect();
        envoy.delta.update(update(1, &BTreeMap::new(), &ingress));
        assert!(matches!(envoy.settle(), Some(FromProxy::Refused { update: 1, .. })));
        assert_eq!(envoy.delta.may_listen_later(), cannot_bind, "what it refuses for another reason it refuses again");
    }
    let mut envoy = Envoy::refusing(vec!["self_zoneingress".to_owned()]);
    envoy.cannot_bind = true;
    envoy.connect();
    envoy.delta.update(update(1, &BTreeMap::new(), &ingress));
    envoy.settle();
    for is_free in [false, true] {
        envoy.told.clear();
        if is_free {
            envoy.refuses.clear();
        }
        envoy.delta.listen_again();
        let said = envoy.settle();
        assert_eq!(envoy.told, ["listener: self_zoneingress"]);
        match said {
            Some(FromProxy::Refused { update: 1, .. }) => assert!(!is_free),
            other => assert_eq!(other, Some(FromProxy::Took { update: 1 })),
        }
        assert_eq!(envoy.delta.may_listen_later(), !is_free);
    }
}
