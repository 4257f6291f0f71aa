//! A workload that asks for names is told those of the services that it reaches, and nothing else.
use crate::stage::{MESH, Stage, destination, proxy, service};
use strait_core::plan::{Part, PartName};

fn stage() -> Stage {
    let mut stage = Stage::with(&[&proxy("cart", 7), &limited("basket", 8), &service("cart"), &service("stock"), MESH].concat());
    for (last, name) in [(1, "cart"), (2, "stock")] {
        stage.vip(name, last);
        stage.name(&format!("{name}.svc.mesh.local"), Some(name));
    }
    stage
}

/// It reaches one service only.
fn limited(name: &str, last: u8) -> String {
    let reaches = "redirectPortOutbound: 15001, reachableBackends: {refs: [{kind: MeshService, name: stock}]}";
    proxy(name, last).replace("redirectPortOutbound: 15001", reaches)
}

fn told(stage: &Stage, proxy: &str) -> Vec<String> {
    let Some(Part::Names(names)) = stage.part(proxy, &PartName::Names) else { panic!("no names") };
    names.addresses.iter().map(|(name, address)| format!("{name} {address}")).collect()
}

#[test]
fn of_what_it_reaches() {
    let stage = stage();
    assert_eq!(told(&stage, "cart-1"), ["cart.svc.mesh.local 241.0.0.1", "stock.svc.mesh.local 241.0.0.2"]);
    assert_eq!(told(&stage, "basket-1"), ["stock.svc.mesh.local 241.0.0.2"]);
}

#[test]
fn a_name_touches_one_part_of_those_who_reach_its_service() {
    let mut stage = stage();
    let affected = stage.name("till.example", Some("cart"));
    assert_eq!(stage.touched("cart-1", &affected), [PartName::Names]);
    assert_eq!(affected.proxies.len(), 1, "the other does not reach it");
    let affected = stage.name("till.example", Some("stock"));
    assert_eq!(affected.proxies.len(), 2);
    assert!(told(&stage, "basket-1").contains(&"till.example 241.0.0.2".to_owned()));
    let affected = stage.name("till.example", None);
    assert_eq!(affected.proxies.len(), 2);
    assert_eq!(told(&stage, "basket-1"), ["stock.svc.mesh.local 241.0.0.2"]);
}

#[test]
fn a_service_touches_what_leads_there_and_the_names() {
    let mut stage = stage();
    stage.put(&service("till"));
    stage.vip("till", 3);
    let affected = stage.name("till.svc.mesh.local", Some("till"));
    assert_eq!(stage.touched("cart-1", &affected), [PartName::Names]);
    assert_eq!(told(&stage, "cart-1").len(), 3);
    let affected = stage.vip("till", 4);
    let to = destination("till", "web");
    let parts = [PartName::Names, PartName::Outbound(to.clone()), PartName::Cluster(to.clone()), PartName::Endpoints(to)];
    assert_eq!(stage.touched("cart-1", &affected), parts);
    let affected = stage.delete("MeshService", "till");
    assert!(stage.touched("cart-1", &affected).contains(&PartName::Names));
    assert!(!stage.touched("basket-1", &affected).contains(&PartName::Names));
    assert_eq!(told(&stage, "cart-1").len(), 2, "of no service there is no address");
}

#[test]
fn what_changes_no_name_touches_none() {
    let mut stage = stage();
    let edits = [
        stage.put(&proxy("stock", 9)),
        stage.put(&proxy("stock", 9).replace("name: main,", "name: main, state: NotReady,")),
        stage.put(MESH),
        stage.put(&service("stock")),
        stage.name("cart.svc.mesh.local", Some("cart")),
        stage
            .put("{type: MeshTimeout, mesh: shop, name: brief, spec: {to: [{targetRef: {kind: Mesh}, default: {connectionTimeout: 2s}}]}}"),
    ];
    for affected in edits {
        assert!(!stage.touched("cart-1", &affected).contains(&PartName::Names), "{affected:?}");
    }
}

#[test]
fn a_name_waits_for_the_address_of_its_service() {
    let mut stage = Stage::with(&[&proxy("cart", 7), MESH].concat());
    stage.name("stock.svc.mesh.local", Some("stock"));
    assert_eq!(told(&stage, "cart-1"), [""; 0]);
    stage.put(&service("stock"));
    assert_eq!(told(&stage, "cart-1"), [""; 0]);
    let affected = stage.vip("stock", 5);
    assert!(stage.touched("cart-1", &affected).contains(&PartName::Names));
    assert_eq!(told(&stage, "cart-1"), ["stock.svc.mesh.local 241.0.0.5"]);
}

#[test]
fn nobody_asks_a_proxy_that_listens_itself() {
    let plain = "
type: Dataplane
mesh: shop
name: plain
networking:
  address: 10.1.0.9
  outbound: [{port: 21000, backendRef: {kind: MeshService, name: stock, port: 80}}]
---";
    let mut stage = stage();
    stage.put(plain);
    assert_eq!(stage.part("plain", &PartName::Names), None);
    let affected = stage.name("till.example", Some("stock"));
    assert_eq!(stage.touched("plain", &affected), []);
}
