//! Two zones in which everything is as it should be, and what is done to them.
use serde_json::Value;
use std::sync::Arc;
use strait_core::{
    resource::{MeshName, Resource, Spec, ZoneName, from_json, from_yaml},
    why::{Ground, Question, Step, Unknown, Verdict, Why, why},
};

/// `cart` in east asks; `bread` serves in east, `stock` in west.
pub(crate) const WORLD: &str = "
type: Mesh
name: shop
---
type: MeshIdentity
mesh: shop
name: identity
spec:
  selector: {dataplane: {matchLabels: {}}}
  spiffeID: {path: '/{{ label \"app\" }}'}
  provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}
---
type: MeshTrafficPermission
mesh: shop
name: cart
spec: {rules: [{default: {allow: [{spiffeID: {type: Exact, value: 'spiffe://shop.east.mesh.local/cart'}}]}}]}
---
type: Dataplane
mesh: shop
name: cart-1
labels: {app: cart}
networking:
  address: 10.1.0.1
  inbound: [{port: 8080, name: main, protocol: http, tags: {kuma.io/service: cart}}]
  transparentProxying: {redirectPortInbound: 15006, redirectPortOutbound: 15001}
---
type: Dataplane
mesh: shop
name: bread-1
labels: {app: bread}
networking:
  address: 10.1.0.2
  inbound: [{port: 8080, name: main, protocol: http, tags: {kuma.io/service: bread}}]
---
type: MeshService
mesh: shop
name: bread
labels: {team: bakery}
spec:
  selector: {dataplaneLabels: {matchLabels: {app: bread}}}
  ports: [{name: web, port: 80, targetPort: main, appProtocol: http}]
---
type: Dataplane
mesh: shop
name: stock-1
labels: {app: stock, kuma.io/zone: west}
networking:
  address: 10.2.0.2
  inbound: [{port: 8080, name: main, protocol: http, tags: {kuma.io/service: stock}}]
---
type: MeshService
mesh: shop
name: stock
labels: {kuma.io/zone: west, team: store}
spec:
  selector: {dataplaneLabels: {matchLabels: {app: stock}}}
  ports: [{name: web, port: 80, targetPort: main, appProtocol: http}]
---
type: ZoneIngress
name: ingress
labels: {kuma.io/zone: west}
networking: {address: 10.2.0.100, port: 10001, advertisedAddress: 203.0.113.7, advertisedPort: 443}
";

/// In its own zone.
pub(crate) const BREAD: &str = "bread.svc.mesh.local";
/// In the other zone.
pub(crate) const STOCK: &str = "stock.svc.west.mesh.local";

/// Resources, which are asked about.
#[derive(Clone)]
pub(crate) struct World(pub(crate) Vec<Resource>);

impl World {
    pub(crate) fn new() -> Self {
        Self(from_yaml(WORLD).unwrap())
    }

    pub(crate) fn put(&mut self, yaml: &str) {
        from_yaml(yaml).unwrap().into_iter().for_each(|resource| self.write(resource));
    }

    fn write(&mut self, resource: Resource) {
        let is_it = |held: &Resource| held.key == resource.key && held.zone() == resource.zone();
        self.0.retain(|held| !is_it(held));
        self.0.push(resource);
    }

    pub(crate) fn drop(&mut self, name: &str) {
        let before = self.0.len();
        self.0.retain(|held| held.key.name.as_str() != name);
        assert!(self.0.len() < before, "there is no {name}");
    }

    /// The one of this kind and name.
    pub(crate) fn one(&mut self, kind: &str, name: &str) -> &mut Resource {
        self.0.iter_mut().find(|held| held.kind().as_str() == kind && held.key.name.as_str() == name).unwrap()
    }

    /// Sets what stands at a JSON pointer of a spec; nothing: takes it away.
    pub(crate) fn set(&mut self, kind: &str, name: &str, at: &str, value: Option<Value>) {
        let resource = self.one(kind, name);
        let mut spec = resource.spec.value().unwrap().clone();
        let (above, field) = at.rsplit_once('/').unwrap();
        let above = spec.pointer_mut(above).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => _ = above.insert(field.to_owned(), value),
            None => assert!(above.remove(field).is_some(), "{at}"),
        }
        resource.spec = Spec::new(spec);
    }

    pub(crate) fn ground(&self) -> Ground {
        Ground::of_files(&ZoneName::new("east").unwrap(), self.0.iter().cloned().map(Arc::new))
    }

    pub(crate) fn asks(&self, from: &str, to: &str) -> Result<Why, Unknown> {
        why(&self.ground(), &question(from, to))
    }

    /// What `cart-1` is answered.
    pub(crate) fn cart(&self, to: &str) -> Why {
        self.asks("cart-1", to).unwrap()
    }

    /// Does what was said to be done, where that is to write resources.
    pub(crate) fn apply(&mut self, why: &Why) {
        for written in &why.change.as_ref().unwrap().resources {
            self.write(from_json(written).unwrap());
        }
    }
}

pub(crate) fn question(from: &str, to: &str) -> Question {
    Question::read(MeshName::new("shop").unwrap(), from, to).unwrap()
}

pub(crate) fn verdict(why: &Why, step: Step) -> Verdict {
    why.hops.iter().find(|hop| hop.hop == step).unwrap_or_else(|| panic!("{why:#?}")).verdict
}
