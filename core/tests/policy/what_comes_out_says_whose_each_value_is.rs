//! What is printed for machines, with the origin of every value.
use crate::stage::Stage;

const SHOP: &str = r"
type: Mesh
name: default
---
type: Dataplane
name: web
labels: { app: web, kuma.io/origin: zone, kuma.io/zone: east }
networking:
  address: 10.0.0.1
  inbound:
    - { port: 8080, name: http, tags: { kuma.io/service: web } }
    - { port: 9090, tags: { kuma.io/service: web-admin } }
---
type: MeshService
name: api
labels: { app: api, kuma.io/origin: zone, kuma.io/zone: east }
spec: { ports: [{ port: 80, name: http }, { port: 90 }] }
---
type: MeshTimeout
name: of-all
labels: { kuma.io/origin: global }
spec:
  to:
    - targetRef: { kind: Mesh }
      default: { connectionTimeout: 5s, idleTimeout: 1h, http: { requestTimeout: 15s, streamIdleTimeout: 30m } }
---
type: MeshTimeout
name: to-api
labels: { kuma.io/origin: zone, kuma.io/zone: east }
spec:
  to:
    - targetRef: { kind: MeshService, name: api }
      default: { http: { requestTimeout: 2s } }
    - targetRef: { kind: MeshService, name: api, sectionName: http }
      default: { idleTimeout: null, connectionTimeout: 1s }
    - targetRef: { kind: MeshService, name: api, sectionName: '80' }
      default: { connectionTimeout: 9s }
---
type: MeshTimeout
name: received
spec:
  rules:
    - default: { idleTimeout: 2h, http: { requestTimeout: 0s } }
    - matches:
        - { sni: { type: Exact, value: web.mesh } }
        - { spiffeID: { type: Prefix, value: 'spiffe://east/' } }
      default: { http: { requestTimeout: 3s } }
---
type: MeshTimeout
name: received-by-http
spec:
  targetRef: { kind: Dataplane, labels: { app: web }, sectionName: http }
  from:
    - targetRef: { kind: Mesh }
      default: { idleTimeout: 3h }
---
type: MeshHTTPRoute
name: canary
spec:
  to:
    - targetRef: { kind: MeshService, labels: { app: api } }
      rules:
        - matches: [{ path: { type: PathPrefix, value: /v2 } }]
          default: { backendRefs: [{ kind: MeshService, name: api-v2, port: 80 }] }
        - matches: [{ path: { type: PathPrefix, value: / }, headers: [{ name: x-canary, value: '1' }] }]
          default: { filters: [{ type: RequestRedirect, requestRedirect: { hostname: canary } }] }
---
type: MeshHTTPRoute
name: base
spec:
  to:
    - targetRef: { kind: MeshService, labels: { app: api } }
      rules:
        - matches: [{ path: { type: PathPrefix, value: /v2 } }]
          default: { filters: [] }
        - matches: [{ path: { type: PathPrefix, value: /v1 } }]
          default: { backendRefs: [{ kind: MeshService, name: api, port: 80, weight: 9 }] }
---
type: MeshTrafficPermission
name: both
spec:
  targetRef: { kind: MeshSubset, tags: { kuma.io/service: web-admin } }
  from:
    - targetRef: { kind: MeshSubset, tags: { team: ops } }
      default: { action: Allow }
    - targetRef: { kind: MeshSubset, tags: { team: shop } }
      default: { action: Deny }
";

#[test]
fn of_timeouts() {
    insta::assert_json_snapshot!(Stage::with(SHOP).resolve("web", "MeshTimeout"));
}

#[test]
fn of_routes() {
    insta::assert_json_snapshot!(Stage::with(SHOP).resolve("web", "MeshHTTPRoute"));
}

#[test]
fn of_permissions() {
    insta::assert_json_snapshot!(Stage::with(SHOP).resolve("web", "MeshTrafficPermission"));
}

/// A port has its own rule, or that of its service, or that of the mesh.
#[test]
fn a_destination_without_a_rule_has_that_of_the_mesh() {
    let found = Stage::with(SHOP).resolve("web", "MeshTimeout");
    let kri = |name: &str| {
        let labels = format!("type: MeshService\nname: {name}\nlabels: {{ kuma.io/origin: zone, kuma.io/zone: east }}");
        strait_core::resource::Kri::of(&strait_core::resource::from_yaml(&labels).unwrap()[0])
    };
    let whose = |name: &str, section: &str| {
        found.towards(&kri(name), section).unwrap().destination.section(&found.towards(&kri(name), section).unwrap().section)
    };
    assert_eq!(whose("api", "http"), "kri_msvc_default_east__api_http");
    assert_eq!(whose("api", "90"), "kri_msvc_default_east__api_");
    assert_eq!(whose("other", "http"), "kri_m____default_");
}
