//! A kind travels where Kuma sends it, and a kind that nobody here knows travels both ways.
use proptest::prelude::*;
use std::collections::BTreeSet;
use strait_core::resource::{Across, Encoding, KNOWN_KINDS, Kind, KindFacts, Scope};

fn kind(name: &str) -> Kind {
    Kind::new(name).unwrap()
}

fn names(which: impl Fn(&Kind, &KindFacts) -> bool) -> BTreeSet<&'static str> {
    KNOWN_KINDS.iter().filter(|facts| which(&kind(facts.name), facts)).map(|facts| facts.name).collect()
}

#[test]
fn the_table_is_sorted_and_names_no_kind_twice() {
    assert!(KNOWN_KINDS.is_sorted_by(|one, next| one.name < next.name));
    assert!(KNOWN_KINDS.iter().all(|facts| kind(facts.name).facts().unwrap().name == facts.name));
}

#[test]
fn as_many_go_each_way_as_kuma_subscribes_to() {
    assert_eq!(names(|kind, _| kind.travels_down()).len(), 45);
    assert_eq!(names(|kind, _| kind.travels_up()).len(), 31);
}

#[test]
fn to_zones_goes_what_belongs_to_a_mesh_but_for_what_only_zones_have() {
    let mut expected = names(|_, facts| facts.scope == Scope::Mesh);
    for of_zones in ["Dataplane", "DataplaneInsight", "MeshZones", "Workload"] {
        assert!(expected.remove(of_zones));
    }
    expected.extend(["Mesh", "ZoneIngress", "Config", "GlobalSecret", "HostnameGenerator"]);
    assert_eq!(names(|kind, _| kind.travels_down()), expected);
}

/// The table of kds.md 4.2: P or J, M or G, then what of `down`, `up`, across (`A`, `A*` for producers only, or `ours` where Kuma leaves it to operators), `hash`, `S`.
const TABLE: &[(&str, &str)] = &[
    ("P G down", "Mesh Config GlobalSecret"),
    ("P M down", "Secret"),
    (
        "P M down hash",
        "CircuitBreaker FaultInjection HealthCheck MeshGatewayRoute ProxyTemplate RateLimit Retry Timeout TrafficLog TrafficPermission \
         TrafficRoute TrafficTrace VirtualOutbound ExternalService ServiceInsight",
    ),
    ("P M down up hash", "MeshGateway"),
    ("P G up A hash", "ZoneIngress"),
    ("P G up", "ZoneEgress ZoneIngressInsight ZoneEgressInsight"),
    ("P M up", "Dataplane DataplaneInsight"),
    ("J G down up hash", "HostnameGenerator"),
    ("J M down up A* hash S", "MeshAccessLog MeshMetric MeshTrace"),
    (
        "J M down up A* hash",
        "MeshCircuitBreaker MeshFaultInjection MeshHealthCheck MeshHTTPRoute MeshLoadBalancingStrategy MeshPassthrough MeshProxyPatch \
         MeshRateLimit MeshRetry MeshTCPRoute MeshTLS MeshTimeout MeshTrafficPermission",
    ),
    ("J M down up hash S", "MeshExternalService MeshIdentity MeshOpenTelemetryBackend"),
    ("J M down up ours hash S", "MeshTrust"),
    ("J M down hash S", "MeshMultiZoneService"),
    ("J M up A hash S", "MeshService"),
    ("J M up A hash", "MeshZoneAddress"),
    ("J M up S", "Workload"),
    // Written on global, and never sent: an operator's word on a zone, and ours on who holds a mesh.
    ("P G", "Zone"),
    ("J M", "MeshZones"),
];

fn row(facts: &KindFacts) -> String {
    let flags = [
        (facts.down, "down"),
        (facts.up, "up"),
        (facts.across == Across::Yes, "A"),
        (facts.across == Across::Producer, "A*"),
        (facts.across == Across::Reissued, "ours"),
        // Of what does not go down no name is hashed on the way down.
        (facts.hashed_down && kind(facts.name).travels_down(), "hash"),
        (facts.status, "S"),
    ];
    let encoding = if facts.encoding == Encoding::Json { "J" } else { "P" };
    let scope = if facts.scope == Scope::Global { "G" } else { "M" };
    [encoding, scope].into_iter().chain(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| *flag)).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_row_is_kumas() {
    let mut expected: Vec<(&str, &str)> =
        TABLE.iter().flat_map(|(row, kinds)| kinds.split_whitespace().map(move |kind| (kind, *row))).collect();
    expected.sort_unstable();
    let ours: Vec<(&str, String)> = KNOWN_KINDS.iter().map(|facts| (facts.name, row(facts))).collect();
    assert_eq!(ours.iter().map(|(kind, row)| (*kind, row.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn a_protobuf_kind_is_named_like_its_message_but_for_the_two_secrets() {
    for facts in KNOWN_KINDS {
        let Encoding::Protobuf(message) = facts.encoding else { continue };
        let message = message.strip_prefix("kuma.mesh.v1alpha1.").or(message.strip_prefix("kuma.system.v1alpha1.")).unwrap();
        assert_eq!(message, if facts.name == "GlobalSecret" { "Secret" } else { facts.name });
    }
}

#[test]
fn an_unknown_kind_travels_both_ways_under_a_hashed_name() {
    let newcomer = kind("MeshFairness2030");
    assert!(newcomer.facts().is_none());
    assert!(newcomer.travels_down() && newcomer.travels_up() && newcomer.is_hashed_down());
}

#[test]
fn what_kuma_keeps_to_itself_is_not_in_the_table() {
    for name in ["ZoneInsight", "MeshInsight", "DataplaneOverview", "ZoneOverview", "ServiceOverview"] {
        assert!(kind(name).facts().is_none(), "{name}");
    }
}

#[test]
fn a_mistyped_kind_suggests_the_one_that_is_meant() {
    let nearest = |name: &str| kind(name).nearest();
    assert_eq!(nearest("MeshTimeot"), Some("MeshTimeout"));
    assert_eq!(nearest("MeshTimeouts"), Some("MeshTimeout"));
    assert_eq!(nearest("MehsRetry"), Some("MeshRetry"));
    assert_eq!(nearest("MeshHttpRoute"), Some("MeshHTTPRoute"));
    assert_eq!(nearest("DataPlane"), Some("Dataplane"));
    assert_eq!(nearest("MeshTimeout"), None);
    assert_eq!(nearest("Deployment"), None);
    assert_eq!(nearest("X"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_wrong_letter_is_always_noticed(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), letter in "[a-z]") {
        let known = which.get(KNOWN_KINDS).name;
        let at = 1 + at.index(known.len() - 1);
        let mistyped = kind(&format!("{}{letter}{}", &known[..at], &known[at + 1..]));
        prop_assert!(mistyped.facts().is_some() || mistyped.nearest().is_some());
    }

    #[test]
    fn no_text_breaks_it(text in any::<String>()) {
        if let Ok(kind) = Kind::new(&text) {
            prop_assert_eq!(kind.as_str(), &text);
            kind.nearest();
        }
    }
}
