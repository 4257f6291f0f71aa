//! What a `MeshHealthCheck` says of a destination is in its cluster.
use crate::stage::{MESH, Stage, destination, proxy, service};
use strait_core::plan::{Cluster, Panic, Part, PartName, Probe, Touched};

fn cluster(stage: &Stage, service: &str) -> Cluster {
    match stage.part("cart-1", &PartName::Cluster(destination(service, "web"))) {
        Some(Part::Cluster(cluster)) => cluster,
        other => panic!("no cluster: {other:?}"),
    }
}

fn check(to: &str, conf: &str) -> String {
    format!(
        "
type: MeshHealthCheck
mesh: shop
name: check-{}
labels: {{kuma.io/zone: east, kuma.io/origin: zone}}
spec: {{to: [{{targetRef: {{{to}}}, default: {{{conf}}}}}]}}
---",
        to.len()
    )
}

fn stage(more: &[String]) -> Stage {
    let raw = service("raw").replace("appProtocol: http", "appProtocol: tcp");
    let rpc = service("rpc").replace("appProtocol: http", "appProtocol: grpc");
    let web2 = service("web2").replace("appProtocol: http", "appProtocol: http2");
    Stage::with(&[&proxy("cart", 7), &service("stock"), &raw, &rpc, &web2, &more.concat(), MESH].concat())
}

/// How those are asked who serve it: `-`: not at all.
fn probe(stage: &Stage, service: &str) -> String {
    let words = |probe: Probe| match probe {
        Probe::Connection { send, expect } => format!("{send:?} {expect:?}"),
        Probe::Request { path, statuses, .. } => format!("{path} {statuses:?}"),
        Probe::Grpc { service, .. } => format!("of {service:?}"),
    };
    cluster(stage, service).health_check.map_or("-".to_owned(), |check| words(check.probe))
}

#[test]
fn by_what_is_spoken() {
    assert_eq!(cluster(&stage(&[]), "stock").health_check, None);
    let all = "tcp: {send: ping, receive: [pong, '']}, http: {expectedStatuses: [204, 200]}, grpc: {serviceName: a}";
    let asked = |conf: &str| {
        let stage = stage(&[check("kind: Mesh", conf)]);
        ["stock", "web2", "rpc", "raw"].map(|service| probe(&stage, service))
    };
    let connection = "\"ping\" [\"pong\"]";
    assert_eq!(asked(all), ["/ {200, 204}", "/ {200, 204}", "of \"a\"", connection]);
    // Only where it is said that nobody is asked by requests, everybody is by connections.
    assert_eq!(asked("tcp: {send: ping, receive: [pong]}"), ["-", "-", "-", connection]);
    let off = "tcp: {send: ping, receive: [pong]}, http: {disabled: true}, grpc: {disabled: true}";
    assert_eq!(asked(off), [connection; 4]);
    assert_eq!(asked("tcp: {disabled: true}, http: {disabled: true}"), ["-"; 4]);
}

#[test]
fn with_kumas_defaults() {
    let stage = stage(&[check("kind: Mesh", "http: {}, timeout: 2s"), check("kind: MeshService, name: web2", "intervalJitterPercent: 7")]);
    insta::assert_yaml_snapshot!([cluster(&stage, "stock").health_check, cluster(&stage, "web2").health_check]);
}

#[test]
fn and_what_happens_when_too_few_serve() {
    let panic = |conf: &str| cluster(&stage(&[check("kind: Mesh", conf)]), "stock").panic;
    assert_eq!(panic("http: {}, failTrafficOnPanic: false"), None);
    assert_eq!(panic("tcp: {}, healthyPanicThreshold: '12.5'"), Some(Panic { below_millionths: Some(125_000), sends_nothing: false }));
    assert_eq!(panic("http: {}, failTrafficOnPanic: true"), Some(Panic { below_millionths: None, sends_nothing: true }));
}

#[test]
fn and_an_edit_of_it_touches_the_clusters() {
    let mut stage = stage(&[]);
    let affected = stage.put(&check("kind: MeshService, name: stock", "http: {path: /ready}"));
    let touched: Vec<&Touched> = affected.proxies.values().collect();
    assert!(touched.iter().any(|touched| touched.covers(&PartName::Cluster(destination("stock", "web")))), "{affected:?}");
    assert!(touched.iter().all(|touched| !touched.covers(&PartName::Outbound(destination("stock", "web")))), "{affected:?}");
    assert_eq!((probe(&stage, "stock").as_str(), probe(&stage, "web2").as_str()), ("/ready {}", "-"));
}
