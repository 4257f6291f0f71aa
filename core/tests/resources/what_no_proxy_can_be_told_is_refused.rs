//! What Kuma takes and Envoy refuses is refused where it is written, field by field.
use crate::examples::of;
use std::fmt::Write;
use strait_core::resource::{Resource, from_yaml, model};

/// Rules of a `MeshHTTPRoute` that Kuma takes, and Envoy does not.
const BEYOND_PROXIES: &[&str] = &[
    "matches: [{path: {type: RegularExpression, value: '/a('}}, {path: {type: RegularExpression, value: ''}}, {path: {type: Suffix, value: a}}]",
    "matches: [{path: {type: PathPrefix, value: '/a?b'}}, {path: {type: Exact, value: \"/a\\n\"}}]",
    "matches: [{method: get, headers: [{name: 'a b', value: c}, {type: Prefix, name: a}, {type: RegularExpression, name: a, value: '(?=b)'}, {type: Suffix, name: ''}]}]",
    "matches: [{queryParams: [{type: Prefix, name: ''}, {type: RegularExpression, name: a, value: '\\1'}]}]",
    "default: {filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Host, value: a}], add: [{name: ':path', value: \"b\\r\"}], remove: ['', host]}}]}",
    "default: {filters: [{type: Nothing}, {type: RequestRedirect, requestRedirect: {scheme: ftp, port: 70000, statusCode: 304}}]}",
    "default: {filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: \"/a\\0\"}}}]}",
    "default: {backendRefs: [{kind: MeshService, name: a, port: 0, weight: 4294967295}, {kind: MeshService, name: b}]}",
];

/// Confs of a `MeshRetry` that Kuma takes, and Envoy does not.
const RETRIES_BEYOND_PROXIES: &[&str] = &[
    "http: {retriableRequestHeaders: [{name: 'a b'}, {type: Prefix, name: a}, {type: PREFIX, name: a, value: b}]}",
    "http: {retriableResponseHeaders: [{type: RegularExpression, name: a, value: '(?=b)'}]}",
    "http: {rateLimitedBackOff: {resetHeaders: [{name: 'a:', format: Seconds}]}}\ngrpc: {rateLimitedBackOff: {resetHeaders: [{name: a, format: Days}]}}",
];

#[test]
fn what_no_proxy_can_be_told_is_named() {
    let route = |rule: &str| of("MeshHTTPRoute", &format!("to: [{{targetRef: {{kind: MeshService, name: a}}, rules: [{{{rule}}}]}}]"));
    insta::assert_snapshot!(beyond_proxies(BEYOND_PROXIES, route));
}

#[test]
fn what_no_proxy_can_be_told_of_retries_is_named() {
    let retry = |conf: &str| {
        let conf = conf.replace('\n', "\n    ");
        of("MeshRetry", &format!("to:\n- targetRef: {{kind: MeshService, name: a}}\n  default:\n    {conf}"))
    };
    insta::assert_snapshot!(beyond_proxies(RETRIES_BEYOND_PROXIES, retry));
}

#[test]
fn what_no_proxy_can_be_told_of_health_checks_is_named() {
    let check = |conf: &str| of("MeshHealthCheck", &format!("to: [{{targetRef: {{kind: MeshService, name: a}}, default: {{{conf}}}}}]"));
    let confs = [
        "http: {path: \"/a\\r\", requestHeadersToAdd: {set: [{name: host, value: a}], add: [{name: 'a b', value: \"c\\n\"}]}}",
        "grpc: {authority: \"a\\0\"}",
    ];
    insta::assert_snapshot!(beyond_proxies(&confs, check));
}

#[test]
fn a_gateway_that_the_mesh_would_configure_is_told_what_to_be_instead() {
    let text = "type: Dataplane\nmesh: shop\nname: edge\nnetworking: {address: 10.0.0.1, gateway: {type: BUILTIN, tags: {kuma.io/service: edge}}}\n";
    let edge = |text: &str| from_yaml(text).unwrap().remove(0);
    insta::assert_snapshot!(beyond_proxies(&[text], edge));
    assert_eq!(model::beyond_proxies(&edge(&text.replace("BUILTIN", "DELEGATED"))), []);
}

/// What is beyond proxies of resources that Kuma takes.
fn beyond_proxies(written: &[&str], resource: impl Fn(&str) -> Resource) -> String {
    let mut table = String::new();
    for one in written {
        let resource = resource(one);
        assert_eq!(model::validate(&resource), [], "{one}");
        let violations = model::beyond_proxies(&resource);
        assert_ne!(violations, [], "{one}");
        writeln!(table, "\n{one}").unwrap();
        violations.iter().for_each(|(path, message)| writeln!(table, "    {path} | {message}").unwrap());
    }
    table
}
