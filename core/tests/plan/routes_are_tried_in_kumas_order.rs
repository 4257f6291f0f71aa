//! Routes: the most exact match first, what nobody knows answers with an error, what no route is about goes to the service itself.
use crate::stage::{MESH, Stage, destination, proxy, service};
use strait_core::plan::{HostRoutes, Outbound, Part, PartName, PathMatch};

fn outbound(stage: &Stage) -> Outbound {
    match stage.part("cart-1", &PartName::Outbound(destination("stock", "web"))) {
        Some(Part::Outbound(outbound)) => outbound,
        other => panic!("no outbound: {other:?}"),
    }
}

fn route(rules: &str) -> String {
    format!(
        "
type: MeshHTTPRoute
mesh: shop
name: split
labels: {{kuma.io/zone: east, kuma.io/origin: zone}}
spec:
  to:
  - targetRef: {{kind: MeshService, name: stock}}
    rules:
{rules}
---"
    )
}

fn stage() -> Stage {
    Stage::with(&[&proxy("cart", 7), &service("stock"), &service("next"), MESH].concat())
}

/// Paths and where they lead, in the order in which they are tried.
fn ways(hosts: &[HostRoutes]) -> Vec<(String, Vec<String>)> {
    let path = |path: &Option<PathMatch>| path.as_ref().map_or("-".to_owned(), |path| format!("{path:?}"));
    let to = |route: &strait_core::plan::Route| route.to.iter().map(|one| format!("{}x{}", one.to.service.name, one.weight)).collect();
    hosts.iter().flat_map(|host| &host.routes).map(|route| (path(&route.matching.path), to(route))).collect()
}

#[test]
fn the_most_exact_match_comes_first() {
    let mut stage = stage();
    stage.put(&route(
        "    - matches: [{path: {type: PathPrefix, value: /}}]
      default: {backendRefs: [{kind: MeshService, name: stock, port: 80, weight: 9}, {kind: MeshService, name: next, port: 80}]}
    - matches: [{path: {type: PathPrefix, value: /api}}, {path: {type: Exact, value: /one}}, {path: {type: RegularExpression, value: '/[a-z]+'}}]
      default: {backendRefs: [{kind: MeshService, name: next, port: 80}]}",
    ));
    let next = vec!["nextx1".to_owned()];
    let expected = [
        ("Exact(\"/one\")".to_owned(), next.clone()),
        ("Prefix(\"/api\")".to_owned(), next.clone()),
        ("Prefix(\"/\")".to_owned(), vec!["stockx9".to_owned(), "nextx1".to_owned()]),
        ("Regex(\"/[a-z]+\")".to_owned(), next),
        ("-".to_owned(), vec!["stockx1".to_owned()]),
    ];
    assert_eq!(ways(&outbound(&stage).hosts), expected);
}

#[test]
fn a_route_written_before_its_service_leads_nowhere_until_that_is_there() {
    let mut stage = stage();
    stage.put(&route(
        "    - matches: [{path: {type: PathPrefix, value: /}}]
      default: {backendRefs: [{kind: MeshService, name: late, port: 80}]}",
    ));
    assert_eq!(ways(&outbound(&stage).hosts), [("Prefix(\"/\")".to_owned(), Vec::new())]);
    let affected = stage.put(&service("late"));
    assert_eq!(ways(&outbound(&stage).hosts), [("Prefix(\"/\")".to_owned(), vec!["latex1".to_owned()])]);
    assert!(stage.touched("cart-1", &affected).contains(&PartName::Outbound(destination("stock", "web"))));
}

#[test]
fn without_routes_all_goes_to_the_service() {
    assert_eq!(ways(&outbound(&stage()).hosts), [("-".to_owned(), vec!["stockx1".to_owned()])]);
}

#[test]
fn filters_are_read() {
    let mut stage = stage();
    stage.put(&route(
        "    - matches: [{path: {type: PathPrefix, value: /v1}, method: GET, headers: [{name: x-team, type: Present}], queryParams: [{type: Exact, name: q, value: '1'}]}]
      default:
        filters:
        - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-a, value: b}], add: [{name: x-c, value: d}], remove: [x-e]}}
        - {type: URLRewrite, urlRewrite: {hostname: inner, path: {type: ReplacePrefixMatch, replacePrefixMatch: /v2}}}
        - {type: RequestMirror, requestMirror: {percentage: 12.5, backendRef: {kind: MeshService, name: next, port: 80}}}
    - matches: [{path: {type: Exact, value: /old}}]
      default: {filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: new.example, port: 8443, statusCode: 301, path: {type: ReplaceFullPath, replaceFullPath: /new}}}]}",
    ));
    insta::assert_yaml_snapshot!(outbound(&stage).hosts);
}

/// Hosts, and the paths of their routes in the order in which they are tried.
fn by_host(hosts: &[HostRoutes]) -> Vec<(String, Vec<String>)> {
    let path = |route: &strait_core::plan::Route| match &route.matching.path {
        Some(PathMatch::Exact(path) | PathMatch::Prefix(path) | PathMatch::Regex(path)) => path.clone(),
        None => "-".to_owned(),
    };
    hosts.iter().map(|of| (of.hosts.join(" "), of.routes.iter().map(path).collect())).collect()
}

#[test]
fn what_means_the_same_hosts_is_joined() {
    let route = |hosts: &str, path: &str| {
        format!(
            "  - targetRef: {{kind: MeshService, name: stock}}\n    hostnames: [{hosts}]\n    rules: [{{matches: [{{path: {{type: Exact, value: {path}}}}}], default: {{backendRefs: [{{kind: MeshService, name: next, port: 80}}]}}}}]\n"
        )
    };
    let mut stage = stage();
    let routes = [route("A.example, b.example", "/large"), route("", "/none"), route("a.example", "/small"), route("'*'", "/star")];
    let head = "
type: MeshHTTPRoute
mesh: shop
name: split
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec:
  to:
";
    stage.put(&format!("{head}{}---", routes.concat()));
    let all = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let expected = [
        ("a.example".to_owned(), all(&["/small", "/large", "-"])),
        ("b.example".to_owned(), all(&["/large", "-"])),
        (String::new(), all(&["/star", "/none", "-"])),
    ];
    assert_eq!(by_host(&outbound(&stage).hosts), expected);
}

#[test]
fn a_match_that_is_not_understood_takes_nothing() {
    let mut stage = stage();
    stage.put(&route(
        "    - matches:
      - {path: {type: PathPrefix, value: /api}, queryParams: [{type: Sounds, name: q, value: like}]}
      - {path: {type: PathPrefix, value: /api}, headers: [{type: Sounds, name: q, value: like}]}
      - {path: {type: Around, value: /api}}
      - {path: {type: PathPrefix, value: /other}}
      default: {backendRefs: [{kind: MeshService, name: next, port: 80}]}",
    ));
    assert_eq!(by_host(&outbound(&stage).hosts), [(String::new(), vec!["/other".to_owned(), "-".to_owned()])]);
}
