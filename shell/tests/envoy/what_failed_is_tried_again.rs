//! A workload asks itself through its own proxy, beside an endpoint that refuses connections: what a `MeshRetry` says, Envoy does.
use crate::{
    running::{free_port, get, run, workload},
    stage::plan,
};
use std::net::{Ipv4Addr, TcpStream};
use strait_core::plan::{Endpoint, Endpoints, Part};

const MESH: &str = "
type: Mesh
name: shop
---
type: MeshService
mesh: shop
name: stock
labels: {kuma.io/zone: east}
spec:
  selector: {dataplaneTags: {kuma.io/service: stock}}
  ports: [{port: 80, targetPort: INBOUND, appProtocol: PROTOCOL}]
---
type: Dataplane
mesh: shop
name: cart
networking:
  address: 127.0.0.1
  inbound: [{port: INBOUND, servicePort: WORKLOAD, protocol: PROTOCOL, tags: {kuma.io/service: stock}}]
  outbound: [{port: OUTBOUND, backendRef: {kind: MeshService, name: stock, port: 80}}]
---
type: MeshRetry
mesh: shop
name: all
spec: {to: [{targetRef: {kind: Mesh}, default: {CONF}}]}
";

/// Of how many requests one after the other something is expected: Envoy asks endpoints in turns.
const REQUESTS: usize = 6;

/// What is answered where one endpoint of the first priority refuses connections, and another of this one serves.
fn answers(protocol: &str, conf: &str, priority: u8) -> Option<Vec<String>> {
    let (inbound, outbound) = (free_port(), free_port());
    let mesh = MESH
        .replace("INBOUND", &inbound.to_string())
        .replace("OUTBOUND", &outbound.to_string())
        .replace("WORKLOAD", &workload().to_string())
        .replace("PROTOCOL", protocol)
        .replace("CONF", conf);
    let at = |port: u16, priority: u8| Endpoint { priority, address: Ipv4Addr::LOCALHOST.into(), port };
    let parts = plan(&mesh, "").into_iter().map(|part| match part {
        Part::Endpoints(endpoints) => {
            assert_eq!(endpoints.endpoints, [at(inbound, 0)].into());
            let endpoints = Endpoints { endpoints: [at(free_port(), 0), at(inbound, priority)].into(), ..(*endpoints).clone() };
            Part::Endpoints(endpoints.into())
        }
        part => part,
    });
    let _envoy = run(&parts.collect::<Vec<_>>(), &[], outbound)?;
    Some((0..REQUESTS).map(|_| get(TcpStream::connect(("127.0.0.1", outbound)).unwrap(), "h", "/x")).collect())
}

fn all_are_answered(protocol: &str, conf: &str, priority: u8) {
    if let Some(answers) = answers(protocol, conf, priority) {
        assert_eq!(answers, ["200 /x of h"; REQUESTS]);
    }
}

fn some_fail(protocol: &str, conf: &str, priority: u8, how: &str) {
    if let Some(answers) = answers(protocol, conf, priority) {
        assert!(answers.iter().any(|answer| answer.starts_with(how)), "{answers:?}");
    }
}

#[test]
fn by_somebody_else() {
    all_are_answered("http", "http: {numRetries: 1, hostSelection: [{predicate: OmitPreviousHosts}], hostSelectionMaxAttempts: 3}", 0);
}

#[test]
fn and_not_where_that_is_not_said() {
    some_fail("http", "tcp: {maxConnectAttempt: 3}, grpc: {numRetries: 3}", 0, "503 ");
    some_fail("http", "http: {numRetries: 0, retryOn: [5xx]}", 0, "503 ");
}

#[test]
fn by_somebody_of_the_next_priority() {
    let selection = "hostSelection: [{predicate: OmitPreviousHosts}, {predicate: OmitPreviousPriorities, updateFrequency: 1}]";
    all_are_answered("http", &format!("http: {{numRetries: 2, {selection}}}"), 1);
    // Else it stays with the first, of which it knows nothing bad.
    some_fail("http", "http: {numRetries: 2}", 1, "503 ");
}

#[test]
fn only_what_a_policy_is_about() {
    some_fail("http", "http: {numRetries: 1, retryOn: [ConnectFailure, HttpMethodPost]}", 0, "503 ");
    all_are_answered("http", "http: {numRetries: 1, retryOn: [ConnectFailure, HttpMethodGet]}", 0);
}

#[test]
fn a_connection_without_requests_too() {
    all_are_answered("tcp", "tcp: {maxConnectAttempt: 2}", 0);
    some_fail("tcp", "http: {numRetries: 2}", 0, "nothing");
}
