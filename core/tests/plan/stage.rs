//! Plans of a zone, and what they were told.
use std::{net::Ipv4Addr, sync::Arc};
use strait_core::{
    names::ServiceId,
    plan::{Affected, Destination, Part, PartName, Plans, Touched},
    resource::{Key, Kind, MeshName, Resource, ResourceName, ZoneName, from_yaml},
};

pub(crate) struct Stage {
    pub(crate) plans: Plans,
}

impl Stage {
    /// With these resources, in YAML.
    pub(crate) fn with(yaml: &str) -> Self {
        let mut stage = Self { plans: Plans::new(here()) };
        stage.put(yaml);
        stage
    }

    pub(crate) fn put(&mut self, yaml: &str) -> Affected {
        let resources: Vec<Arc<Resource>> = from_yaml(yaml).unwrap().into_iter().map(Arc::new).collect();
        self.plans.apply(resources.iter().map(|resource| (&resource.key, Some(resource))), [])
    }

    pub(crate) fn delete(&mut self, kind: &str, name: &str) -> Affected {
        self.plans.apply([(&key(kind, name), None)], [])
    }

    pub(crate) fn vip(&mut self, service: &str, last: u8) -> Affected {
        self.plans.apply([], [(&service_id(service), Some(Ipv4Addr::new(241, 0, 0, last)))])
    }

    /// A name leads to a service, or to none.
    pub(crate) fn name(&mut self, name: &str, service: Option<&str>) -> Affected {
        let service = service.map(service_id);
        self.plans.name([(&MeshName::new("shop").unwrap(), name, service.as_ref())])
    }

    pub(crate) fn plan(&self, proxy: &str) -> Vec<Part> {
        self.plans.plan(&key("Dataplane", proxy)).into_values().collect()
    }

    pub(crate) fn part(&self, proxy: &str, name: &PartName) -> Option<Part> {
        self.plans.plan(&key("Dataplane", proxy)).remove(name)
    }

    /// Of a proxy's whole plan the parts that were touched.
    pub(crate) fn touched(&self, proxy: &str, affected: &Affected) -> Vec<PartName> {
        let none = Touched::default();
        let touched = affected.proxies.get(&key("Dataplane", proxy)).unwrap_or(&none);
        self.plans.plan(&key("Dataplane", proxy)).into_keys().filter(|name| touched.covers(name)).collect()
    }
}

pub(crate) fn here() -> ZoneName {
    ZoneName::new("east").unwrap()
}

pub(crate) fn key(kind: &str, name: &str) -> Key {
    let mesh = (kind != "Mesh").then(|| MeshName::new("shop").unwrap());
    Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new(name).unwrap() }
}

pub(crate) fn service_id(name: &str) -> ServiceId {
    ServiceId {
        mesh: MeshName::new("shop").unwrap(),
        kind: Kind::new("MeshService").unwrap(),
        zone: Some(here()),
        namespace: None,
        name: name.to_owned(),
    }
}

pub(crate) fn destination(service: &str, port: &str) -> Destination {
    Destination { service: service_id(service), port: port.to_owned() }
}

pub(crate) const MESH: &str = "
type: Mesh
name: shop
";

/// All proxies of the mesh have an identity, and the zone has an ingress.
pub(crate) const IDENTITY: &str = "
type: MeshIdentity
mesh: shop
name: all
spec:
  selector: {dataplane: {matchLabels: {}}}
  spiffeID: {path: '/{{ label \"app\" }}'}
  provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}
---
type: ZoneIngress
name: ingress
networking: {address: 10.1.0.9, port: 10001, advertisedAddress: 10.1.0.9, advertisedPort: 10001}
---";

/// That ingress.
pub(crate) fn ingress() -> Key {
    Key { kind: Kind::zone_ingress(), mesh: None, name: ResourceName::new("ingress").unwrap() }
}

/// A proxy to which all traffic is redirected, with one inbound.
pub(crate) fn proxy(name: &str, last: u8) -> String {
    format!(
        "
type: Dataplane
mesh: shop
name: {name}-1
labels: {{app: {name}}}
networking:
  address: 10.1.0.{last}
  inbound: [{{port: 8080, name: main, protocol: http, tags: {{kuma.io/service: {name}}}}}]
  transparentProxying: {{redirectPortInbound: 15006, redirectPortOutbound: 15001}}
---"
    )
}

/// A service of the proxies that are labelled so.
pub(crate) fn service(name: &str) -> String {
    format!(
        "
type: MeshService
mesh: shop
name: {name}
labels: {{kuma.io/zone: east}}
spec:
  selector: {{dataplaneLabels: {{matchLabels: {{app: {name}}}}}}}
  ports: [{{name: web, port: 80, targetPort: main, appProtocol: http}}]
---"
    )
}
