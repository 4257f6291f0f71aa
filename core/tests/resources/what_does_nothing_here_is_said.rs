//! What of a resource does nothing for the traffic here is said, with what does the same; and of what takes effect nothing is said.
use std::{fmt::Write, sync::Arc};
use strait_core::{
    ineffective::ineffective,
    node::{Observation, ObservationChange},
    resource::{KNOWN_KINDS, Key, Kind, MeshName, Resource, ResourceName, Spec, from_yaml, model},
    sync::Lane,
};

/// A mesh as Kuma 2.14 leaves it, and what is to be changed of it.
const FROM_KUMA: &str = "\
type: Mesh
name: by-tag
mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}
logging: {backends: [{name: a, type: file, conf: {path: /x}}]}
tracing: {backends: [{name: b, type: zipkin, conf: {url: 'http://traces.example:9411/x'}}]}
metrics: {backends: [{name: c, type: prometheus}]}
routing: {zoneEgress: true}
---
type: Mesh
name: both
meshServices: {mode: Everywhere}
---
type: TrafficRoute
mesh: by-tag
name: route-all
sources: []
---
type: MeshCircuitBreaker
mesh: by-tag
name: breaker
spec: {to: []}
---
type: MeshTrafficPermission
mesh: by-tag
name: by-tag
spec: {from: [{targetRef: {kind: Mesh}, default: {action: Allow}}]}
---
type: MeshHTTPRoute
mesh: by-tag
name: unreadable
spec: {to: [{targetRef: {kind: MeshService, name: a}, rules: [{matches: [{path: {type: RegularExpression, value: '/a('}}]}]}]}
---
type: MeshIdentity
mesh: by-tag
name: of-spire
spec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Spire}}
---
type: MeshTrust
mesh: by-tag
name: unreadable
spec: {trustDomain: a.example, caBundles: [{type: Pem, pem: {value: nothing}}]}
---
type: MeshZoneAddress
mesh: by-tag
name: behind-a-name
labels: {kuma.io/zone: west}
spec: {address: west.example, port: 10001}
";

const IN_EFFECT: &str = "\
type: Mesh
name: default
meshServices: {mode: Exclusive}
networking: {outbound: {passthrough: false}}
---
type: MeshTrafficPermission
mesh: default
name: a
spec: {rules: [{default: {allow: [{spiffeID: {type: Exact, value: 'spiffe://a/b'}}]}}]}
---
type: MeshHTTPRoute
mesh: default
name: a
spec: {to: [{targetRef: {kind: MeshService, name: a}, rules: [{matches: [{path: {type: RegularExpression, value: '/a.*'}}]}]}]}
---
type: MeshTimeout
mesh: default
name: a
spec: {to: [{targetRef: {kind: Mesh}, default: {idleTimeout: 1s}}]}
---
type: MeshIdentity
mesh: default
name: a
spec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}}
---
type: MeshService
mesh: default
name: a
spec: {ports: [{port: 80}]}
---
type: Dataplane
mesh: default
name: a
networking: {address: 10.0.0.1}
";

fn resources(yaml: &str) -> Vec<Resource> {
    from_yaml(yaml).unwrap()
}

#[test]
fn with_the_field_the_reason_and_the_way_out() {
    let mut table = String::new();
    for resource in resources(FROM_KUMA) {
        assert_eq!(model::validate(&resource), [], "Kuma takes it: {}", resource.key);
        let found = ineffective(&resource);
        assert_ne!(found, [], "{}", resource.key);
        writeln!(table, "{}", resource.key).unwrap();
        for one in found {
            writeln!(table, "    {} | {} | {}", one.field, one.why, one.instead.unwrap_or_default()).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn and_nothing_of_what_takes_effect() {
    for resource in resources(IN_EFFECT) {
        assert_eq!(ineffective(&resource), [], "{}", resource.key);
    }
}

#[test]
fn for_as_long_as_it_is_held_so() {
    let mut observation = Observation::new();
    let mut hold = |resource: &Resource| {
        observation.apply(&ObservationChange::Holds(Arc::new(resource.clone())), Lane::Up);
        observation.ineffective.len()
    };
    let [mesh, permission] = [0, 4].map(|index| resources(FROM_KUMA)[index].clone());
    assert_eq!(hold(&mesh), 1);
    assert_eq!(hold(&permission), 2);
    let mended = Resource { spec: resources(IN_EFFECT)[1].spec.clone(), ..permission.clone() };
    assert_eq!(hold(&mended), 1);
    assert_eq!(hold(&permission), 2);
    observation.apply(&ObservationChange::Dropped(permission.key), Lane::Up);
    assert_eq!(observation.ineffective.keys().collect::<Vec<_>>(), [&mesh.key]);
    // Others read it as JSON.
    let read: Observation = serde_json::from_value(serde_json::to_value(&observation).unwrap()).unwrap();
    assert_eq!(read, observation);
}

/// Every kind that Kuma carries is either told to proxies in some way, or is said to be none of that, or is about something else.
#[test]
fn no_kind_is_forgotten() {
    let otherwise = [
        "Config",
        "Dataplane",
        "DataplaneInsight",
        "GlobalSecret",
        "HostnameGenerator",
        "Mesh",
        "MeshHTTPRoute",
        "MeshHealthCheck",
        "MeshIdentity",
        "MeshMultiZoneService",
        "MeshOpenTelemetryBackend",
        "MeshRetry",
        "MeshService",
        "MeshTimeout",
        "MeshTrafficPermission",
        "MeshTrust",
        "MeshZoneAddress",
        "MeshZones",
        "Secret",
        "ServiceInsight",
        "Workload",
        "Zone",
        "ZoneEgress",
        "ZoneEgressInsight",
        "ZoneIngress",
        "ZoneIngressInsight",
    ];
    for facts in KNOWN_KINDS {
        let mesh = Some(MeshName::new("default").unwrap());
        let key = Key { kind: Kind::new(facts.name).unwrap(), mesh, name: ResourceName::new("a").unwrap() };
        let resource = Resource { key, labels: [].into(), spec: Spec::new(serde_json::json!({})), status: None };
        let is_said = ineffective(&resource).iter().any(|one| one.field == "type");
        assert_ne!(is_said, otherwise.contains(&facts.name), "{}", facts.name);
    }
}
