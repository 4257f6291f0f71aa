//! What a `MeshRetry` says of a destination, or of a route to it, is in the outbound.
use crate::stage::{MESH, Stage, destination, proxy, service};
use std::collections::BTreeSet;
use strait_core::plan::{Outbound, Part, PartName, Retries, RetryOn, Touched};

/// What cart sends to a port of these services.
fn outbound(stage: &Stage, service: &str) -> Outbound {
    let outbounds =
        stage.plan("cart-1").into_iter().filter_map(|part| if let Part::Outbound(outbound) = part { Some(outbound) } else { None });
    outbounds.into_iter().find(|outbound| outbound.destination.service.name == service).unwrap()
}

fn retry(to: &str, conf: &str) -> String {
    format!(
        "
type: MeshRetry
mesh: shop
name: retry-{}
labels: {{kuma.io/zone: east, kuma.io/origin: zone}}
spec: {{to: [{{targetRef: {{{to}}}, default: {{{conf}}}}}]}}
---",
        to.len()
    )
}

const ROUTE: &str = "
type: MeshHTTPRoute
mesh: shop
name: slow
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec:
  to:
  - targetRef: {kind: MeshService, name: stock}
    rules: [{matches: [{path: {type: PathPrefix, value: /slow}}], default: {}}]
---";

const UNION: &str = "
type: MeshMultiZoneService
mesh: shop
name: union
spec: {selector: {meshService: {matchLabels: {kuma.io/display-name: stock}}}, ports: [{name: web, port: 80, appProtocol: http}]}
---";

fn stage(more: &[String]) -> Stage {
    let raw = service("raw").replace("appProtocol: http", "appProtocol: tcp");
    let rpc = service("rpc").replace("appProtocol: http", "appProtocol: grpc");
    Stage::with(&[&proxy("cart", 7), &service("stock"), &raw, &rpc, UNION, &more.concat(), MESH].concat())
}

fn attempts(stage: &Stage, service: &str) -> Option<u32> {
    outbound(stage, service).retries.map(|retries| retries.attempts)
}

#[test]
fn by_what_is_spoken_and_else_not_at_all() {
    let none = stage(&[]);
    assert!(["stock", "raw", "rpc", "union"].iter().all(|service| outbound(&none, service).retries.is_none()));
    assert_eq!(outbound(&none, "raw").connect_attempts, 1);
    let conf = "tcp: {maxConnectAttempt: 3}, http: {numRetries: 4}, grpc: {perTryTimeout: 2s}";
    let stage = stage(&[retry("kind: Mesh", conf)]);
    assert_eq!((attempts(&stage, "stock"), attempts(&stage, "union"), attempts(&stage, "rpc")), (Some(4), Some(4), Some(1)));
    assert_eq!((attempts(&stage, "raw"), outbound(&stage, "raw").connect_attempts), (None, 3));
    assert_eq!(outbound(&stage, "stock").connect_attempts, 1);
    assert_eq!(outbound(&stage, "rpc").retries.unwrap().per_try_ms, 2000);
}

#[test]
fn with_kumas_defaults_where_some_of_it_is_not_said() {
    let stage = stage(&[retry("kind: Mesh", "http: {retryOn: []}, grpc: {backOff: {baseInterval: 1us}}")]);
    let http = outbound(&stage, "stock").retries.unwrap();
    assert_eq!(http.on, BTreeSet::from([RetryOn::GatewayError, RetryOn::ConnectFailure, RetryOn::RefusedStream]));
    assert_eq!((http.attempts, http.per_try_ms, http.pause_ms, http.longest_pause_ms), (1, 0, 25, 250));
    let grpc = outbound(&stage, "rpc").retries.unwrap();
    assert_eq!((grpc.on.len(), grpc.pause_ms, grpc.longest_pause_ms), (7, 1, 10));
}

#[test]
fn of_the_destination_that_is_meant() {
    let stage = stage(&[
        retry("kind: Mesh", "http: {numRetries: 1}"),
        retry("kind: MeshService, name: stock", "http: {numRetries: 0}"),
        retry("kind: MeshMultiZoneService, labels: {kuma.io/display-name: union}", "http: {numRetries: 9}"),
    ]);
    assert_eq!((attempts(&stage, "stock"), attempts(&stage, "union")), (None, Some(1)));
    let union = UNION.replace("name: union\n", "name: union\nlabels: {kuma.io/display-name: union}\n");
    let mut labelled = stage;
    labelled.put(&union);
    assert_eq!(attempts(&labelled, "union"), Some(9));
}

#[test]
fn and_of_one_route() {
    let of = |stage: &Stage| -> Vec<Option<Retries>> {
        outbound(stage, "stock").hosts.iter().flat_map(|host| &host.routes).map(|route| route.retries.clone()).collect()
    };
    let mut stage = stage(&[ROUTE.to_owned(), retry("kind: Mesh", "http: {numRetries: 2, perTryTimeout: 1s}")]);
    assert_eq!(of(&stage), [None, None]);
    let affected = stage.put(&retry("kind: MeshHTTPRoute, name: slow", "http: {numRetries: 0}"));
    let touched: Vec<&Touched> = affected.proxies.values().collect();
    assert!(touched.iter().any(|touched| touched.covers(&PartName::Outbound(destination("stock", "web")))), "{affected:?}");
    assert!(touched.iter().all(|touched| !touched.covers(&PartName::Cluster(destination("stock", "web")))), "{affected:?}");
    let [Some(slow), None] = &of(&stage)[..] else { panic!("{:?}", of(&stage)) };
    // What is said of the whole mesh is in it, and so is that it is not tried again.
    assert_eq!((slow.attempts, slow.per_try_ms), (0, 1000));
    assert_eq!(attempts(&stage, "stock"), Some(2));
}

#[test]
fn and_everything_that_it_says() {
    let conf = "http: {numRetries: 4, retryOn: [5xx, HttpMethodGet, 409, '503', Newer], retriableRequestHeaders: [{name: a, value: b}],
      retriableResponseHeaders: [{type: Newer, name: c}], backOff: {baseInterval: 1s, maxInterval: 10ms},
      rateLimitedBackOff: {resetHeaders: [{name: d, format: UnixTimestamp}]}, hostSelection: [{predicate: OmitPreviousHosts},
      {predicate: OmitPreviousPriorities}], hostSelectionMaxAttempts: 3}";
    insta::assert_yaml_snapshot!(outbound(&stage(&[retry("kind: Mesh", conf)]), "stock").retries);
}
