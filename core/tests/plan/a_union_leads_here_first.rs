//! A service of several zones (`MeshMultiZoneService`) leads to those of this zone, and to others as far as that takes nothing away here.
use crate::stage::{MESH, Stage, proxy, service};
use strait_core::{
    names::ServiceId,
    plan::{Destination, Part, PartName},
    resource::{Kind, MeshName},
};

const UNION: &str = "
type: MeshMultiZoneService
mesh: shop
name: everywhere
spec: {selector: {meshService: {matchLabels: {kuma.io/display-name: stock}}}, ports: [{name: web, port: 80, appProtocol: http}]}
---";

const IDENTITY: &str = "
type: MeshIdentity
mesh: shop
name: identity
spec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}}
---";

const WEST: &str = "
type: MeshService
mesh: shop
name: stock-of-west
labels: {kuma.io/zone: west, kuma.io/display-name: stock, kuma.io/origin: global}
spec:
  ports: [{name: web, port: 80, appProtocol: http}]
  identities: [{type: SpiffeID, value: 'spiffe://shop.west.mesh.local/workload/stock'}]
---
type: MeshZoneAddress
mesh: shop
name: ingress
labels: {kuma.io/zone: west}
spec: {address: 192.0.2.1, port: 10001}
---";

fn union() -> Destination {
    let (mesh, kind) = (MeshName::new("shop").unwrap(), Kind::new("MeshMultiZoneService").unwrap());
    Destination { service: ServiceId { mesh, kind, zone: None, namespace: None, name: "everywhere".to_owned() }, port: "web".to_owned() }
}

/// Whom `cart` asks for it: priorities and addresses; and whether they prove to each other who they are.
fn asked(stage: &Stage) -> (Vec<(u8, String)>, bool) {
    let Some(Part::Endpoints(endpoints)) = stage.part("cart-1", &PartName::Endpoints(union())) else { return (Vec::new(), false) };
    let Some(Part::Cluster(cluster)) = stage.part("cart-1", &PartName::Cluster(union())) else { panic!("no cluster") };
    (endpoints.endpoints.iter().map(|one| (one.priority, one.address.to_string())).collect(), cluster.tls.is_some())
}

fn with_workload(name: &str, last: u8) -> String {
    proxy(name, last).replace("labels: {", &format!("labels: {{kuma.io/workload: {name}, "))
}

fn at(priority: u8, address: &str) -> (u8, String) {
    (priority, address.to_owned())
}

#[test]
fn with_those_of_other_zones_behind() {
    let (cart, stock) = (with_workload("cart", 7), with_workload("stock", 8));
    let mut stage = Stage::with(&[&cart, &stock, &service("stock"), UNION, IDENTITY, WEST, MESH].concat());
    let (here, there) = (at(0, "10.1.0.8"), at(1, "192.0.2.1"));
    assert_eq!(asked(&stage), (vec![here, there.clone()], true));
    stage.delete("Dataplane", "stock-1");
    assert_eq!(asked(&stage), (vec![there], true));
}

#[test]
fn another_zone_whose_proxies_have_identities_first_takes_nobody_away() {
    let plain = [&proxy("cart", 7)[..], &proxy("stock", 8), &service("stock"), UNION, MESH].concat();
    let mut stage = Stage::with(&plain);
    let before = asked(&stage);
    assert_eq!(before, (vec![at(0, "10.1.0.8")], false));
    stage.put(WEST.trim_end_matches("---"));
    assert_eq!(asked(&stage), before);
}
