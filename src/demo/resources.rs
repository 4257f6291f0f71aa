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

/// In the zone: a service of the same name in both, and who asks for it in one.
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
mesh: shop
name: cart
labels: { service: cart }
spec:
  selector: { dataplaneTags: { kuma.io/service: cart } }
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

/// A proxy that serves requests for a service on this port, for an application on that one, and asks for another service where its own workload
/// does.
pub(super) fn networking(service: &str, port: u16, application: u16, asks: Option<(&str, u16)>) -> String {
    let tags = format!("{{kuma.io/service: {service}}}");
    let inbound = format!("{{name: main, port: {port}, servicePort: {application}, protocol: http, tags: {tags}}}");
    let outbound = asks.map(|(of, at)| format!("{{port: {at}, backendRef: {{kind: MeshService, name: {of}, port: 80}}}}"));
    format!("{{address: 127.0.0.1, inbound: [{inbound}], outbound: [{}]}}", outbound.unwrap_or_default())
}
