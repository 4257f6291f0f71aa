//! What is written.

/// On global: two meshes, in which proxies prove who they are.
pub(super) const MESHES: &str = "
type: Mesh
name: shop
---
type: Mesh
name: blog
---
type: MeshIdentity
mesh: shop
name: identity
spec:
  selector: { dataplane: { matchLabels: {} } }
  provider: { type: Bundled, bundled: { autogenerate: { enabled: true } } }
---
type: MeshIdentity
mesh: blog
name: identity
spec:
  selector: { dataplane: { matchLabels: {} } }
  provider: { type: Bundled, bundled: { autogenerate: { enabled: true } } }
";

/// In the zone: a service of the same name in both.
pub(super) const SERVICES: &str = "
type: MeshService
mesh: shop
name: stock
labels: { service: stock }
spec:
  selector: { dataplaneTags: { kuma.io/service: stock } }
  ports: [{ port: 80, targetPort: main, appProtocol: http }]
---
type: MeshService
mesh: blog
name: stock
spec:
  selector: { dataplaneTags: { kuma.io/service: stock } }
  ports: [{ port: 80, targetPort: main, appProtocol: http }]
";

/// On global: who may.
pub(super) const PERMISSION: &str = "
type: MeshTrafficPermission
mesh: shop
name: cart
spec:
  rules:
  - default:
      allow: [{ spiffeID: { type: Exact, value: 'spiffe://shop.east.mesh.local/workload/cart-1' } }]
";

/// On global: to a service that nobody has written.
pub(super) const ROUTE: &str = "
type: MeshHTTPRoute
mesh: shop
name: away
spec:
  to:
  - targetRef: { kind: MeshService, labels: { service: stock } }
    rules:
    - matches: [{ path: { type: PathPrefix, value: / } }]
      default: { backendRefs: [{ kind: MeshService, name: nobody, port: 80 }] }
";

/// What a proxy serves: requests on this port, for an application on that one.
pub(super) fn serving(port: u16, application: u16) -> String {
    let tags = "{kuma.io/service: stock}";
    format!("{{address: 127.0.0.1, inbound: [{{name: main, port: {port}, servicePort: {application}, protocol: http, tags: {tags}}}]}}")
}

/// What a proxy asks for, on that port. It serves something, too, on the other: policies are for inbounds and for those who have one.
pub(super) fn asking(inbound: u16, outbound: u16) -> String {
    let inbound = format!("{{port: {inbound}, tags: {{kuma.io/service: cart}}}}");
    let outbound = format!("{{port: {outbound}, backendRef: {{kind: MeshService, name: stock, port: 80}}}}");
    format!("{{address: 127.0.0.1, inbound: [{inbound}], outbound: [{outbound}]}}")
}
