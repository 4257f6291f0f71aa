//! What a `MeshTimeout` says `to` a `MeshHTTPRoute` holds for the requests of that route, and for no others.
use crate::stage::{MESH, Stage, destination, proxy, service};
use strait_core::plan::{Outbound, Part, PartName, RouteTimeouts, Touched};

fn outbound(stage: &Stage) -> Outbound {
    match stage.part("cart-1", &PartName::Outbound(destination("stock", "web"))) {
        Some(Part::Outbound(outbound)) => outbound,
        other => panic!("no outbound: {other:?}"),
    }
}

/// A route of these paths to a service.
fn route(name: &str, paths: &[&str]) -> String {
    let matches: Vec<String> = paths.iter().map(|path| format!("{{path: {{type: PathPrefix, value: {path}}}}}")).collect();
    let rules: Vec<String> = matches.iter().map(|one| format!("{{matches: [{one}], default: {{}}}}")).collect();
    format!(
        "
type: MeshHTTPRoute
mesh: shop
name: {name}
labels: {{kuma.io/zone: east, kuma.io/origin: zone}}
spec:
  to:
  - targetRef: {{kind: MeshService, name: stock}}
    rules: [{}]
---",
        rules.join(", ")
    )
}

fn timeout(to: &str, http: &str) -> String {
    format!(
        "
type: MeshTimeout
mesh: shop
name: timeout-{}
labels: {{kuma.io/zone: east, kuma.io/origin: zone}}
spec: {{to: [{{targetRef: {{{to}}}, default: {{http: {{{http}}}}}}}]}}
---",
        to.len()
    )
}

fn stage(more: &[String]) -> Stage {
    Stage::with(&[&proxy("cart", 7), &service("stock"), &more.concat(), MESH].concat())
}

/// Paths, and what holds for each.
fn said(stage: &Stage) -> Vec<(String, Option<RouteTimeouts>)> {
    let path = |route: &strait_core::plan::Route| format!("{:?}", route.matching.path);
    outbound(stage).hosts.iter().flat_map(|host| &host.routes).map(|route| (path(route), route.timeouts.clone())).collect()
}

#[test]
fn and_others_have_none() {
    let stage = stage(&[
        route("slow", &["/slow"]),
        route("quick", &["/quick"]),
        timeout("kind: MeshHTTPRoute, name: slow", "requestTimeout: 90s, streamIdleTimeout: 2m"),
    ]);
    let own = RouteTimeouts { request_ms: 90_000, stream_idle_ms: Some(120_000) };
    let prefix = |path: &str| format!("Some(Prefix({path:?}))");
    assert_eq!(said(&stage), [(prefix("/quick"), None), (prefix("/slow"), Some(own)), ("None".to_owned(), None)]);
}

#[test]
fn of_several_policies_with_one_match_the_most_important_is_the_route() {
    // The smaller name wins.
    let stage = stage(&[route("b", &["/x"]), route("a", &["/x"]), timeout("kind: MeshHTTPRoute, name: a", "requestTimeout: 1s")]);
    assert_eq!(said(&stage)[0].1, Some(RouteTimeouts { request_ms: 1000, stream_idle_ms: None }));
    let stage = self::stage(&[route("b", &["/x"]), route("a", &["/x"]), timeout("kind: MeshHTTPRoute, name: b", "requestTimeout: 1s")]);
    assert_eq!(said(&stage)[0].1, None);
}

#[test]
fn with_what_is_said_of_the_whole_mesh_and_not_of_the_service() {
    let stage = stage(&[
        route("r", &["/x"]),
        timeout("kind: Mesh", "streamIdleTimeout: 7s"),
        timeout("kind: MeshService, name: stock", "requestTimeout: 3s"),
        timeout("kind: MeshHTTPRoute, name: r", "requestTimeout: 0s"),
    ]);
    assert_eq!(said(&stage)[0].1, Some(RouteTimeouts { request_ms: 0, stream_idle_ms: Some(7000) }));
    assert_eq!(outbound(&stage).timeouts.request_ms, 3000);
}

#[test]
fn and_an_edit_of_it_touches_the_outbounds() {
    let mut stage = stage(&[route("r", &["/x"])]);
    let affected = stage.put(&timeout("kind: MeshHTTPRoute, name: r", "requestTimeout: 1s"));
    let touched: Vec<&Touched> = affected.proxies.values().collect();
    assert!(touched.iter().any(|touched| touched.covers(&PartName::Outbound(destination("stock", "web")))), "{affected:?}");
    assert!(said(&stage)[0].1.is_some());
    // The route goes, and comes again: so does its timeout.
    stage.delete("MeshHTTPRoute", "r");
    assert!(said(&stage).iter().all(|(_, timeouts)| timeouts.is_none()));
    stage.put(&route("r", &["/x"]));
    assert!(said(&stage)[0].1.is_some());
}
