//! Paths, hosts and queries, as Envoy understands what is rendered of a `MeshHTTPRoute`. The workload asks itself.
use crate::{
    running::{free_port, get, run, workload},
    stage::plan,
};
use std::net::TcpStream;
use strait_core::plan::Part;

const MESH: &str = "
type: Mesh
name: shop
---
type: MeshService
mesh: shop
name: stock
labels: {kuma.io/zone: east}
spec: {selector: {dataplaneTags: {kuma.io/service: stock}}, ports: [{name: web, port: 80, targetPort: INBOUND, appProtocol: http}]}
---
type: Dataplane
mesh: shop
name: cart
networking:
  address: 127.0.0.1
  inbound: [{port: INBOUND, servicePort: WORKLOAD, protocol: http, tags: {kuma.io/service: stock}}]
  outbound: [{port: OUTBOUND, backendRef: {kind: MeshService, name: stock, port: 80}}]
---
type: MeshHTTPRoute
mesh: shop
name: all
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec:
  to:
";

/// With these routes, each with its hosts and its rules, in YAML.
fn planned(routes: &[(&str, &str)], port: u16) -> Vec<Part> {
    let route = |(hosts, rules): &(&str, &str)| {
        format!("  - {{targetRef: {{kind: MeshService, name: stock}}, hostnames: [{hosts}], rules: [{rules}]}}\n")
    };
    let routes: String = routes.iter().map(route).collect();
    let (workload, inbound, outbound) = (workload().to_string(), free_port().to_string(), port.to_string());
    let mesh = MESH.replace("WORKLOAD", &workload).replace("INBOUND", &inbound).replace("OUTBOUND", &outbound);
    plan(&mesh, &routes)
}

/// Hosts and paths, and what comes of them.
fn ask(routes: &[(&str, &str)], expected: &[(&str, &str, &str)]) {
    let port = free_port();
    let Some(_envoy) = run(&planned(routes, port), &[], port) else { return };
    for (host, path, answer) in expected {
        let says = get(TcpStream::connect(("127.0.0.1", port)).unwrap(), host, path);
        assert_eq!(says, *answer, "{host}{path}");
    }
}

fn rule(path: &str, filter: &str) -> String {
    format!("{{matches: [{{path: {{type: PathPrefix, value: {path}}}}}], default: {{filters: [{filter}]}}}}")
}

fn rewrite(path: &str, new: &str) -> String {
    rule(path, &format!("{{type: URLRewrite, urlRewrite: {{path: {{type: ReplacePrefixMatch, replacePrefixMatch: '{new}'}}}}}}"))
}

fn redirect(path: &str, new: &str) -> String {
    rule(path, &format!("{{type: RequestRedirect, requestRedirect: {{path: {{type: ReplacePrefixMatch, replacePrefixMatch: '{new}'}}}}}}"))
}

fn redirect_all(path: &str, new: &str) -> String {
    rule(path, &format!("{{type: RequestRedirect, requestRedirect: {{path: {{type: ReplaceFullPath, replaceFullPath: '{new}'}}}}}}"))
}

#[test]
fn a_prefix_is_replaced_with_care_for_slashes() {
    let rules = [
        rewrite("/v1", "/v2"),
        rewrite("/w1/", "w2/"),
        rewrite("/gone", "/"),
        rewrite("/empty", ""),
        redirect("/old", "/new"),
        redirect("/left", "/"),
        redirect("/none", ""),
        redirect_all("/whole", ""),
    ];
    let cases = [
        ("/v1", "200 /v2 of h"),
        ("/v1/", "200 /v2/ of h"),
        ("/v1/x", "200 /v2/x of h"),
        ("/v1?x=1", "200 /v2?x=1 of h"),
        ("/v10", "200 /v10 of h"),
        ("/w1", "200 /w2 of h"),
        ("/w1/x/", "200 /w2/x/ of h"),
        ("/gone", "200 / of h"),
        ("/gone?x=/gone", "200 /?x=/gone of h"),
        ("/gone/x", "200 /x of h"),
        ("/empty/x", "200 /x of h"),
        ("/old", "302 http://h/new"),
        ("/old/", "302 http://h/new/"),
        ("/old/x?y=1", "302 http://h/new/x?y=1"),
        ("/older", "200 /older of h"),
        ("/left", "302 http://h/"),
        ("/left/x", "302 http://h/x"),
        ("/left?y=1", "302 http://h/?y=1"),
        ("/none/x", "302 http://h/x"),
        ("/whole/x", "302 http://h/"),
    ];
    ask(&[("", &rules.join(", "))], &cases.map(|(path, answer)| ("h", path, answer)));
}

#[test]
fn all_paths_get_another_prefix() {
    ask(&[("", &redirect("/", "/bar"))], &[("h", "/x", "302 http://h/bar/x"), ("h", "/", "302 http://h/bar/")]);
    ask(&[("", &rewrite("/", "/bar"))], &[("h", "/x", "200 /bar/x of h"), ("h", "/?y", "200 /bar/?y of h")]);
}

#[test]
fn hosts_mean_what_they_say_however_they_are_written() {
    let routes = [
        ("", redirect_all("/none", "/of-none")),
        ("'*'", redirect_all("/star", "/of-star")),
        ("A.example", redirect_all("/large", "/of-large")),
        ("a.example", redirect_all("/small", "/of-small")),
        ("'*.wild.example'", redirect_all("/", "/of-wild")),
    ];
    let routes = routes.each_ref().map(|(hosts, rules)| (*hosts, rules.as_str()));
    let cases = [
        ("h", "/none", "302 http://h/of-none"),
        ("h", "/star", "302 http://h/of-star"),
        ("a.example", "/large", "302 http://a.example/of-large"),
        ("A.Example:8080", "/small", "302 http://A.Example:8080/of-small"),
        ("a.example", "/star", "200 /star of a.example"),
        ("x.wild.example", "/x", "302 http://x.wild.example/of-wild"),
        ("x.wild.example:8080", "/x", "302 http://x.wild.example:8080/of-wild"),
        ("wild.example", "/x", "200 /x of wild.example"),
    ];
    ask(&routes, &cases);
}

#[test]
fn a_match_takes_what_it_says_and_nothing_else() {
    let rule = |matches: &str, to: &str| {
        let redirect = format!("{{type: RequestRedirect, requestRedirect: {{path: {{type: ReplaceFullPath, replaceFullPath: '{to}'}}}}}}");
        format!("{{matches: [{{path: {{type: PathPrefix, value: /q}}, {matches}}}], default: {{filters: [{redirect}]}}}}")
    };
    let rules = [
        rule("queryParams: [{type: Present, name: yes-p}, {type: Absent, name: not}]", "/there"),
        rule("queryParams: [{type: Exact, name: e, value: '1'}]", "/exact"),
        rule("queryParams: [{type: Sounds, name: s, value: like}]", "/unknown"),
    ];
    let cases = [
        ("h", "/q?yes-p=1", "302 http://h/there?yes-p=1"),
        ("h", "/q?yes-p", "302 http://h/there?yes-p"),
        ("h", "/q?yes-p=1&not=1", "200 /q?yes-p=1&not=1 of h"),
        ("h", "/q?not=1", "200 /q?not=1 of h"),
        ("h", "/q?e=1", "302 http://h/exact?e=1"),
        ("h", "/q?e=12", "200 /q?e=12 of h"),
        ("h", "/q?s=like", "200 /q?s=like of h"),
        ("h", "/q", "200 /q of h"),
    ];
    ask(&[("", &rules.join(", "))], &cases);
}

#[test]
fn a_header_has_the_value_that_is_written() {
    let value = "50% off, 100%% sure, %REQ(:path)%, %NOTHING%";
    let filter = format!("{{type: ResponseHeaderModifier, responseHeaderModifier: {{set: [{{name: location, value: '{value}'}}]}}}}");
    ask(&[("", &rule("/sale", &filter))], &[("h", "/sale", &format!("200 {value}"))]);
}

#[test]
fn a_long_expression_and_a_long_prefix_are_taken() {
    let long = "a".repeat(200);
    let rules = [
        rewrite(&format!("/{long}"), "/short"),
        "{matches: [{path: {type: RegularExpression, value: '/(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen){1,20}'}}], \
         default: {filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /number}}}]}}"
            .to_owned(),
    ];
    let (path, rest) = (format!("/{long}/x"), "/nineteen");
    let cases = [("h", path.as_str(), "200 /short/x of h"), ("h", "/onetwothree", "200 /number of h"), ("h", rest, "200 /nineteen of h")];
    ask(&[("", &rules.join(", "))], &cases);
}

#[test]
fn a_route_waits_as_long_as_is_said_of_it() {
    let timeout = "
---
type: MeshTimeout
mesh: shop
name: quick
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec: {to: [{targetRef: {kind: MeshHTTPRoute, name: all}, default: {http: {requestTimeout: 50ms}}}]}
";
    let rules = "{matches: [{path: {type: PathPrefix, value: /timed}}], default: {}}";
    let port = free_port();
    // Somebody who takes connections, and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().port().to_string();
    let mesh = MESH.replace("WORKLOAD", &silent).replace("INBOUND", &free_port().to_string()).replace("OUTBOUND", &port.to_string());
    let route = format!("  - {{targetRef: {{kind: MeshService, name: stock}}, rules: [{rules}]}}\n");
    let Some(_envoy) = run(&plan(&mesh, &format!("{route}{timeout}")), &[], port) else { return };
    let says = get(TcpStream::connect(("127.0.0.1", port)).unwrap(), "h", "/timed");
    assert!(says.starts_with("504 "), "{says}");
    drop(listener);
}
