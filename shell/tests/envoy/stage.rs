//! Plans with everything in them.
use std::sync::Arc;
use strait_core::{
    names::ServiceId,
    plan::{HostNames, Part, Plans},
    resource::{Key, Kind, MeshName, ResourceName, ZoneName, from_yaml},
};
use strait_shell::envoy::{Rendered, render, render_names};

const MESH: &str = "
type: Mesh
name: shop
networking: {outbound: {passthrough: PASSTHROUGH}}
---
type: MeshService
mesh: shop
name: stock
labels: {kuma.io/zone: east}
spec: {selector: {dataplaneTags: {kuma.io/service: stock}}, ports: [{name: web, port: 80, appProtocol: http}, {name: raw, port: 81}]}
---
type: MeshService
mesh: shop
name: next
labels: {kuma.io/zone: east}
spec: {selector: {dataplaneTags: {kuma.io/service: next}}, ports: [{name: web, port: 80, appProtocol: grpc}]}
---
type: Dataplane
mesh: shop
name: stock-1
networking:
  address: 10.1.0.8
  inbound: [{port: 80, tags: {kuma.io/service: stock}}, {port: 81, tags: {kuma.io/service: stock}}]
---
type: MeshTimeout
mesh: shop
name: all
spec:
  to:
  - targetRef: {kind: Mesh}
    default: {idleTimeout: 0s, http: {requestTimeout: 1500ms, maxStreamDuration: 1m, maxConnectionDuration: 1h}}
  rules: [{default: {http: {requestTimeout: 3s, requestHeadersTimeout: 500ms, streamIdleTimeout: 0s}}}]
---
type: MeshTimeout
mesh: shop
name: of-a-route
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec: {to: [{targetRef: {kind: MeshHTTPRoute, name: timed}, default: {http: {requestTimeout: 0s, streamIdleTimeout: 90s}}}]}
---
type: MeshHealthCheck
mesh: shop
name: web
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec:
  to:
  - targetRef: {kind: Mesh}
    default:
      interval: 5s
      intervalJitter: 1s
      intervalJitterPercent: 10
      initialJitter: 500ms
      healthyPanicThreshold: '12.5'
      failTrafficOnPanic: true
      http: {path: /ready, requestHeadersToAdd: {set: [{name: x-a, value: 100%}], add: [{name: x-b, value: c}]}, expectedStatuses: [200, 204]}
      tcp: {send: ping, receive: [pong, '!']}
      grpc: {serviceName: stock}
  - targetRef: {kind: MeshService, name: stock, sectionName: raw}
    default: {unhealthyThreshold: 2, healthyThreshold: 3, timeout: 1s, noTrafficInterval: 10s, reuseConnection: false}
---
type: MeshRetry
mesh: shop
name: all
spec:
  to:
  - targetRef: {kind: Mesh}
    default:
      tcp: {maxConnectAttempt: 3}
      http:
        numRetries: 4
        perTryTimeout: 2s
        backOff: {baseInterval: 10ms}
        retryOn: [5xx, HttpMethodGet, 409]
        retriableRequestHeaders: [{name: x-again, value: '1'}]
        retriableResponseHeaders: [{type: Absent, name: x-never}]
        rateLimitedBackOff: {resetHeaders: [{name: Retry-After, format: Seconds}, {name: x-reset, format: UnixTimestamp}], maxInterval: 1m}
        hostSelection: [{predicate: OmitPreviousHosts}, {predicate: OmitPreviousPriorities}, {predicate: OmitHostsWithTags, tags: {a: b}}]
        hostSelectionMaxAttempts: 5
      grpc: {backOff: {maxInterval: 1ms}, retryOn: [Canceled, Unavailable]}
---
type: MeshRetry
mesh: shop
name: of-a-route
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec: {to: [{targetRef: {kind: MeshHTTPRoute, name: timed}, default: {http: {numRetries: 0}}}]}
---
type: MeshHTTPRoute
mesh: shop
name: timed
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec:
  to:
  - targetRef: {kind: MeshService, name: stock, sectionName: web}
    rules: [{matches: [{path: {type: Exact, value: /timed}}], default: {}}]
---
type: MeshHTTPRoute
mesh: shop
name: all
labels: {kuma.io/zone: east, kuma.io/origin: zone}
spec:
  to:
  - targetRef: {kind: MeshService, name: stock, sectionName: web}
    rules:
    - matches: [{path: {type: PathPrefix, value: /v1/}, method: GET, headers: [{name: x-team, type: Present}, {name: x-not, type: Absent}, {name: x-pre, type: Prefix, value: a}, {name: x-re, type: RegularExpression, value: 'a+'}], queryParams: [{type: Exact, name: q, value: '1'}, {type: RegularExpression, name: r, value: '[0-9]+'}]}]
      default:
        filters:
        - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-a, value: b}], add: [{name: x-c, value: d}], remove: [x-e]}}
        - {type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x-a, value: b}], remove: [x-e]}}
        - {type: URLRewrite, urlRewrite: {hostname: inner.example, path: {type: ReplacePrefixMatch, replacePrefixMatch: /v2}}}
        - {type: RequestMirror, requestMirror: {percentage: 12.5, backendRef: {kind: MeshService, name: next, port: 80}}}
        backendRefs: [{kind: MeshService, name: stock, port: 80, weight: 9}, {kind: MeshService, name: next, port: 80}]
    - matches: [{path: {type: PathPrefix, value: /gone}}]
      default: {filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}]}
    - matches: [{path: {type: RegularExpression, value: '/full.*'}}]
      default: {filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: '/all\\1'}}}]}
    - matches: [{path: {type: Exact, value: /old}}]
      default: {filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: new.example, port: 8443, statusCode: 301, path: {type: ReplaceFullPath, replaceFullPath: /new}}}]}
    - matches: [{path: {type: PathPrefix, value: /nowhere}}]
      default: {backendRefs: [{kind: MeshService, name: nobody, port: 80}]}
  - targetRef: {kind: MeshService, name: next}
    hostnames: [a.example, '*.b.example']
    rules: [{matches: [{path: {type: PathPrefix, value: /}}], default: {filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /sub}}}]}}]
---";

/// The certificate of an authority.
pub(crate) const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIBgjCCASigAwIBAgIBATAKBggqhkjOPQQDAjAfMR0wGwYDVQQDDBRzaG9wLmVh
c3QubWVzaC5sb2NhbDAgFw0yNjExMjcxNDI5MzNaGA8yMTI2MTEwMzE0MjkzM1ow
HzEdMBsGA1UEAwwUc2hvcC5lYXN0Lm1lc2gubG9jYWwwWTATBgcqhkjOPQIBBggq
hkjOPQMBBwNCAARcRruK3yrvmjx81rHz72l8PjJv/Q02hUt9yibo1TMDMtz8ckxb
qwpddJjK2WIQnqdusn+sYzINokmdcWMpkcfyo1MwUTAdBgNVHQ4EFgQUN5ByxpqB
CSaSPW4Vr2EG+TKrIJMwHwYDVR0jBBgwFoAUN5ByxpqBCSaSPW4Vr2EG+TKrIJMw
DwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEArbjzjrYvkzeeZS0A
waGF+3PKx8a6sKOGwHbstAclg9cCIAl6394zTBHMJo3sRj8IZqyFoIwpg2YKRr70
HeEaERVt
-----END CERTIFICATE-----
";

/// Of a proxy to which all is redirected.
pub(crate) fn redirected(passthrough: bool) -> Vec<Part> {
    let proxy = "
type: Dataplane
mesh: shop
name: cart
networking:
  address: 10.1.0.7
  inbound:
  - {port: 8080, protocol: http, tags: {kuma.io/service: cart}}
  - {port: 8081, name: rpc, protocol: grpc, tags: {kuma.io/service: cart}}
  - {port: 8082, name: raw, protocol: kafka, tags: {kuma.io/service: cart}}
  transparentProxying: {redirectPortInbound: 15006, redirectPortOutbound: 15001}
";
    plan(&MESH.replace("PASSTHROUGH", &passthrough.to_string()), proxy)
}

/// Of a proxy that listens itself.
pub(crate) fn listening() -> Vec<Part> {
    let proxy = "
type: Dataplane
mesh: shop
name: cart
networking:
  address: 127.0.0.1
  inbound: [{port: 18080, servicePort: 18081, protocol: http2, tags: {kuma.io/service: cart}}]
  outbound:
  - {port: 18082, backendRef: {kind: MeshService, name: stock, port: 80}}
  - {port: 18083, backendRef: {kind: MeshService, name: stock, port: 80}}
";
    plan(&MESH.replace("PASSTHROUGH", "true"), proxy)
}

/// Of a proxy with routes of which nothing is refused to users, though little of it is to be expected.
pub(crate) fn odd() -> Vec<Part> {
    let long = "x".repeat(300);
    let route = format!(
        r#"
type: Dataplane
mesh: shop
name: cart
networking:
  address: 127.0.0.1
  inbound: [{{port: 18080, servicePort: 18081, protocol: http, tags: {{kuma.io/service: cart}}}}]
  outbound: [{{port: 18082, backendRef: {{kind: MeshService, name: stock, port: 80}}}}]
---
type: MeshHTTPRoute
mesh: shop
name: odd
labels: {{kuma.io/zone: east, kuma.io/origin: zone}}
spec:
  to:
  - targetRef: {{kind: MeshService, name: stock, sectionName: web}}
    hostnames: ["*", "a b", "a*b", "*.x", "x.*", "A.example", "a.example:80"]
    rules:
    - matches:
      - {{path: {{type: Exact, value: "/a?b#é "}}, method: CONNECT, headers: [{{name: "!#$%&'*+-.^_`|~Az09", value: ""}}, {{type: Prefix, name: a, value: " "}}]}}
      - {{path: {{type: PathPrefix, value: "/{long}"}}, queryParams: [{{type: Exact, name: " é", value: ""}}]}}
      default:
        filters:
        - type: RequestHeaderModifier
          requestHeaderModifier:
            set: [{{name: a, value: "100%"}}, {{name: b, value: "%NO_SUCH_THING%"}}, {{name: c, value: ""}}, {{name: content-length, value: "1"}}]
            add: [{{name: "!#$%&'*+-.^_`|~Az09", value: "%%"}}, {{name: long, value: "{long}"}}]
            remove: ["!#$%&'*+-.^_`|~Az09", te]
        - {{type: URLRewrite, urlRewrite: {{hostname: h.example, path: {{type: ReplacePrefixMatch, replacePrefixMatch: '/{long}\1?%'}}}}}}
        backendRefs: [{{kind: MeshService, name: stock, port: 80, weight: 4294967294}}, {{kind: MeshService, name: next, port: 80}}, {{kind: MeshService, name: next, weight: 0}}]
    - matches:
      - {{path: {{type: RegularExpression, value: '/\Qa(b\E\C\pL{{100}}(?P<n>[[:alpha:]]|(?i-s:.)){{0,1000}}'}}}}
      - {{headers: [{{type: RegularExpression, name: x, value: '^\x{{ff}}\012$|[]a-z&&b]'}}]}}
      default:
        filters: [{{type: RequestRedirect, requestRedirect: {{port: 65535, path: {{type: ReplaceFullPath, replaceFullPath: "é %"}}}}}}]
"#
    );
    plan(&MESH.replace("PASSTHROUGH", "true"), &route)
}

/// Of a proxy that proves who it is.
pub(crate) fn known() -> Vec<Part> {
    let proxy = "
type: Dataplane
mesh: shop
name: cart
labels: {kuma.io/workload: cart}
networking:
  address: 127.0.0.1
  inbound:
  - {port: 18080, servicePort: 18081, protocol: http, tags: {kuma.io/service: cart}}
  - {port: 18084, servicePort: 18085, tags: {kuma.io/service: cart}}
  outbound: [{port: 18082, backendRef: {kind: MeshService, name: stock, port: 80}}]
---
type: MeshIdentity
mesh: shop
name: identity
spec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}}
---
type: MeshTrust
mesh: shop
name: trust
spec: {trustDomain: shop.east.mesh.local, caBundles: [{type: Pem, pem: {value: damaged}}, {type: Pem, pem: {value: PEM}}]}
---
type: MeshTrafficPermission
mesh: shop
name: some
spec:
  rules:
  - default:
      deny: [{spiffeID: {type: Exact, value: 'spiffe://shop.east.mesh.local/workload/bad'}}]
      allow:
      - {spiffeID: {type: Prefix, value: 'spiffe://shop.east.mesh.local/workload'}, sni: {type: Exact, value: sni.msvc.shop.east.cart.80}}
";
    let mesh = MESH
        .replace("PASSTHROUGH", "true")
        .replace("name: stock-1\nnetworking", "name: stock-1\nlabels: {kuma.io/workload: stock}\nnetworking");
    plan(&mesh, &proxy.replace("PEM", &format!("{AUTHORITY:?}")))
}

/// Of an ingress that listens on this port, of a mesh in which one proxy, on a port of its own, proves who it is.
pub(crate) fn ingress(port: u16, stock: u16) -> Vec<Part> {
    let resources = format!(
        "
type: Mesh
name: shop
---
type: MeshIdentity
mesh: shop
name: identity
spec: {{selector: {{dataplane: {{matchLabels: {{}}}}}}, provider: {{type: Bundled, bundled: {{autogenerate: {{enabled: true}}}}}}}}
---
type: MeshService
mesh: shop
name: stock
labels: {{kuma.io/zone: east}}
spec: {{selector: {{dataplaneTags: {{kuma.io/service: stock}}}}, ports: [{{name: web, port: 80, targetPort: {stock}}}]}}
---
type: Dataplane
mesh: shop
name: stock-1
labels: {{kuma.io/workload: stock}}
networking: {{address: 127.0.0.1, inbound: [{{port: {stock}, tags: {{kuma.io/service: stock}}}}]}}
---
type: ZoneIngress
name: ingress
networking: {{address: 127.0.0.1, port: {port}, advertisedAddress: 203.0.113.7, advertisedPort: 443}}
"
    );
    let resources: Vec<_> = from_yaml(&resources).unwrap().into_iter().map(Arc::new).collect();
    let mut plans = Plans::new(ZoneName::new("east").unwrap());
    plans.apply(resources.iter().map(|one| (&one.key, Some(one))), []);
    let key = Key { kind: Kind::zone_ingress(), mesh: None, name: ResourceName::new("ingress").unwrap() };
    plans.plan(&key).into_values().collect()
}

/// So many names, and more than Envoy answers by itself unless it is told to.
pub(crate) fn names(count: usize) -> Part {
    let addresses = (0..count).map(|number| (format!("service-{number}.svc.mesh.local"), [241, 0, 0, 1].into())).collect();
    Part::Names(HostNames { addresses })
}

/// All that there is of a plan, names for who asks for them on this socket.
pub(crate) fn rendered(parts: &[Part], names_at: &str) -> Vec<Rendered> {
    let render = |part: &Part| match part {
        Part::Names(names) => vec![render_names(names, names_at)],
        part => render(part),
    };
    parts.iter().flat_map(render).collect()
}

/// What the proxy `cart` is to do.
pub(crate) fn plan(mesh: &str, proxy: &str) -> Vec<Part> {
    let resources: Vec<_> = from_yaml(&format!("{mesh}{proxy}")).unwrap().into_iter().map(Arc::new).collect();
    let (mesh, zone) = (MeshName::new("shop").unwrap(), ZoneName::new("east").unwrap());
    let service = |name: &str| {
        let kind = Kind::new("MeshService").unwrap();
        ServiceId { mesh: mesh.clone(), kind, zone: Some(zone.clone()), namespace: None, name: name.to_owned() }
    };
    let (stock, next) = (service("stock"), service("next"));
    let mut plans = Plans::new(zone.clone());
    let vips = [(&stock, Some([241, 0, 0, 1].into())), (&next, Some([241, 0, 0, 2].into()))];
    plans.apply(resources.iter().map(|one| (&one.key, Some(one))), vips);
    plans.name([(&mesh, "stock.svc.mesh.local", Some(&stock)), (&mesh, "next.example", Some(&next))]);
    let left_out: Vec<_> = plans.unreadable().filter(|(key, _)| key.kind.as_str() == "MeshHTTPRoute").collect();
    assert!(left_out.is_empty(), "{left_out:?}");
    let key = Key { kind: Kind::dataplane(), mesh: Some(mesh.clone()), name: ResourceName::new("cart").unwrap() };
    plans.plan(&key).into_values().collect()
}
