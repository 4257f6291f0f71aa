//! Kuma 2.14 asks an ingress by other server names than ours, and says by a `ZoneIngress` where its own are. What is asked here was seen of
//! its control plane and its proxies.
use super::stage::{IDENTITY, MESH, Stage, destination, ingress, proxy, service};
use std::collections::BTreeSet;
use strait_core::{
    names::ServiceId,
    plan::{ClusterTls, Destination, Part, PartName},
    resource::{Kind, MeshName, ZoneName},
};

/// A service of a zone of Kuma's, as it arrives here.
const BILLING: &str = "
type: MeshService
mesh: shop
name: billing-45c4zv9zbdcc6dd9
labels: {kuma.io/zone: plain, kuma.io/display-name: billing, kuma.io/origin: global}
spec:
  ports: [{name: main, port: 8080, targetPort: 8080, appProtocol: http}]
  identities: [{type: SpiffeID, value: spiffe://shop.plain.mesh.local/workload/billing}]
  state: Available
---";

/// Where that zone is entered, as it says for all meshes.
const ITS_INGRESS: &str = "
type: ZoneIngress
name: theirs-d454zwd44zb5wd7z
labels: {kuma.io/zone: plain, kuma.io/display-name: theirs, kuma.io/origin: global}
networking: {address: 10.2.0.9, port: 10001, advertisedAddress: 203.0.113.9, advertisedPort: 10009}
---";

/// The same, as it says in the mesh.
const ITS_ADDRESS: &str = "
type: MeshZoneAddress
mesh: shop
name: theirs
labels: {kuma.io/zone: plain, kuma.io/origin: global}
spec: {address: 203.0.113.8, port: 10008}
---";

/// What an ingress of this zone lets through, by server name.
fn through(stage: &Stage) -> BTreeSet<String> {
    let plan = stage.plans.plan(&ingress()).into_values();
    plan.filter_map(|part| if let Part::Passage(passage) = part { Some(passage.server_names) } else { None }).flatten().collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn billing() -> Destination {
    let zone = Some(ZoneName::new("plain").unwrap());
    let (mesh, kind) = (MeshName::new("shop").unwrap(), Kind::new("MeshService").unwrap());
    Destination { service: ServiceId { mesh, kind, zone, namespace: None, name: "billing".to_owned() }, port: "main".to_owned() }
}

/// Where `web-1` sends what is for `billing`, and by which name it asks there.
fn asks(stage: &Stage) -> (Vec<String>, Option<String>) {
    let sni = match stage.part("web-1", &PartName::Cluster(billing())) {
        Some(Part::Cluster(cluster)) => cluster.tls.map(|ClusterTls { sni, .. }| sni),
        other => panic!("{other:?}"),
    };
    let to = match stage.part("web-1", &PartName::Endpoints(billing())) {
        Some(Part::Endpoints(found)) => found.endpoints.iter().map(|one| format!("{}:{}", one.address, one.port)).collect(),
        other => panic!("{other:?}"),
    };
    (to, sni)
}

#[test]
fn our_ingress_lets_through_what_kuma_asks_for() {
    let stage = Stage::with(&format!("{MESH}---{IDENTITY}{}{}", proxy("api", 1), service("api")));
    let expected = names(&["sni.msvc.shop.east.api.web", "sni.msvc.shop.east.api.80", "a757a7e4327b6e069.api.80.shop.ms"]);
    assert_eq!(through(&stage), expected);
}

/// The digest of the vector that Kuma's own tests have.
#[test]
fn the_digest_is_kumas() {
    let yaml = format!("{MESH}---{IDENTITY}{}{}", proxy("backend", 1), service("backend")).replace("shop", "default");
    let stage = Stage::with(&yaml);
    assert!(through(&stage).contains("a601e0c00295a9fbe.backend.80.default.ms"), "{:?}", through(&stage));
}

/// `a.b` in no namespace and `b` in the namespace `a`: their ports have other names, but the same number.
#[test]
fn a_number_that_means_two_services_means_neither() {
    let dotted = service("api").replace("name: api", "name: a.api");
    let other =
        service("api").replace("kuma.io/zone: east", "kuma.io/zone: east, k8s.kuma.io/namespace: a").replace("name: web", "name: www");
    let other =
        other.replace("\nname: api", "\nname: api-1").replace("kuma.io/zone: east", "kuma.io/display-name: api, kuma.io/zone: east");
    let mut stage = Stage::with(&format!("{MESH}---{IDENTITY}{}{dotted}", proxy("api", 1)));
    let alone = through(&stage);
    assert!(alone.contains("sni.msvc.shop.east.a.api.80"), "{alone:?}");
    stage.put(&other);
    let both = through(&stage);
    assert!(both.is_superset(&names(&["sni.msvc.shop.east.a.api.web", "sni.msvc.shop.east.a.api.www"])), "{both:?}");
    assert!(!both.contains("sni.msvc.shop.east.a.api.80"), "{both:?}");
    stage.delete("MeshService", "api-1");
    assert_eq!(through(&stage), alone);
}

/// What is asked for by our name is that, also where Kuma would mean another port by it.
#[test]
fn a_port_that_is_called_as_another_is_numbered_keeps_its_name() {
    let two = service("api").replace("ports: [", "ports: [{name: '80', port: 81, targetPort: main, appProtocol: http}, ");
    let stage = Stage::with(&format!("{MESH}---{IDENTITY}{}{two}", proxy("api", 1)));
    let plan = stage.plans.plan(&ingress());
    let Some(Part::Passage(named)) = plan.get(&PartName::Passage(destination("api", "80"))) else { panic!("{plan:?}") };
    assert!(named.server_names.contains("sni.msvc.shop.east.api.80"));
    let Some(Part::Passage(numbered)) = plan.get(&PartName::Passage(destination("api", "web"))) else { panic!("{plan:?}") };
    assert!(!numbered.server_names.contains("sni.msvc.shop.east.api.80"));
}

#[test]
fn its_zone_is_entered_where_its_ingress_is() {
    let mut stage = Stage::with(&format!("{MESH}---{IDENTITY}{}{BILLING}", proxy("web", 1)));
    stage.plans.apply([], [(&billing().service, Some([241, 0, 0, 1].into()))]);
    assert_eq!(asks(&stage), (Vec::new(), Some("sni.msvc.shop.plain.billing.main".to_owned())), "nobody says where");
    let affected = stage.put(ITS_INGRESS);
    let touched = stage.touched("web-1", &affected);
    assert!(touched.contains(&PartName::Cluster(billing())) && touched.contains(&PartName::Endpoints(billing())), "{touched:?}");
    let as_before = (vec!["203.0.113.9:10009".to_owned()], Some("aced7f6ebad35dfd6.billing.8080.shop.ms".to_owned()));
    assert_eq!(asks(&stage), as_before);
    // What it says in the mesh counts more, as in Kuma.
    let affected = stage.put(ITS_ADDRESS);
    assert!(stage.touched("web-1", &affected).contains(&PartName::Cluster(billing())));
    assert_eq!(asks(&stage), (vec!["203.0.113.8:10008".to_owned()], Some("sni.msvc.shop.plain.billing.main".to_owned())));
    stage.delete("MeshZoneAddress", "theirs");
    assert_eq!(asks(&stage), as_before);
}

/// The order in which things arrive does not matter.
#[test]
fn also_where_the_mesh_comes_last() {
    let mut stage = Stage::with(&format!("{IDENTITY}{ITS_INGRESS}{}{BILLING}", proxy("web", 1)));
    stage.plans.apply([], [(&billing().service, Some([241, 0, 0, 1].into()))]);
    stage.put(MESH);
    assert_eq!(asks(&stage).0, ["203.0.113.9:10009"]);
}

/// All who serve a union are asked for by one name, which no ingress of Kuma 2.14 knows.
#[test]
fn a_union_does_not_lead_there() {
    const ALL: &str = "
type: MeshMultiZoneService
mesh: shop
name: all
spec:
  selector: {meshService: {matchLabels: {kuma.io/display-name: billing}}}
  ports: [{name: main, port: 8080, appProtocol: http}]
---";
    let mut stage = Stage::with(&format!("{MESH}---{IDENTITY}{}{BILLING}{ITS_INGRESS}{ALL}", proxy("web", 1)));
    let union = ServiceId { kind: Kind::new("MeshMultiZoneService").unwrap(), zone: None, name: "all".to_owned(), ..billing().service };
    stage.plans.apply([], [(&union, Some([243, 0, 0, 1].into()))]);
    let to = PartName::Endpoints(Destination { service: union, port: "main".to_owned() });
    let endpoints = |stage: &Stage| match stage.part("web-1", &to) {
        Some(Part::Endpoints(found)) => found.endpoints.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(endpoints(&stage), 0);
    stage.put(ITS_ADDRESS);
    assert_eq!(endpoints(&stage), 1);
}
