//! What a change costs: the parts that it is about, of the proxies that it is about.
use crate::stage::{MESH, Stage, destination, proxy, service};
use strait_core::plan::PartName;

fn stage() -> Stage {
    Stage::with(&[&proxy("cart", 7), &proxy("stock", 8), &service("cart"), &service("stock"), MESH].concat())
}

#[test]
fn an_endpoint_touches_one_part_of_those_who_may_use_it() {
    let mut stage = stage();
    let affected = stage.put(&proxy("stock", 9).replace("stock-1", "stock-2"));
    let part = PartName::Endpoints(destination("stock", "web"));
    assert_eq!(stage.touched("cart-1", &affected), std::slice::from_ref(&part));
    assert_eq!(stage.touched("stock-1", &affected), std::slice::from_ref(&part));
    let affected = stage.delete("Dataplane", "stock-2");
    assert_eq!(stage.touched("cart-1", &affected), [part]);
}

#[test]
fn an_endpoint_that_is_not_ready_serves_nobody() {
    let mut stage = stage();
    let part = PartName::Endpoints(destination("stock", "web"));
    let before = stage.part("cart-1", &part);
    let affected = stage.put(&proxy("stock", 8).replace("name: main,", "name: main, state: NotReady,"));
    assert_eq!(stage.touched("cart-1", &affected), std::slice::from_ref(&part));
    assert_ne!(stage.part("cart-1", &part), before);
    stage.put(&proxy("stock", 8));
    assert_eq!(stage.part("cart-1", &part), before);
}

#[test]
fn an_address_touches_what_leads_to_its_service() {
    let mut stage = stage();
    let affected = stage.vip("stock", 5);
    let to = destination("stock", "web");
    let parts = [PartName::Outbound(to.clone()), PartName::Cluster(to.clone()), PartName::Endpoints(to)];
    assert_eq!(stage.touched("cart-1", &affected), parts);
    assert_eq!(stage.vip("stock", 5).proxies.len(), 0, "it is the same");
}

#[test]
fn what_says_the_same_touches_nobody() {
    let mut stage = stage();
    for yaml in [proxy("cart", 7), service("stock"), MESH.to_owned()] {
        assert_eq!(stage.put(&yaml).proxies.len(), 0, "{yaml}");
    }
    assert_eq!(stage.delete("MeshService", "nobody").proxies.len(), 0);
}

#[test]
fn another_mesh_is_not_touched() {
    let mut stage = stage();
    let affected = stage.put(&[proxy("stock", 9), service("stock")].concat().replace("shop", "other"));
    assert!(affected.proxies.keys().all(|proxy| proxy.mesh.as_ref().is_some_and(|mesh| mesh.as_str() == "other")));
}

#[test]
fn what_cannot_be_read_is_named_and_left_out() {
    let mut stage = stage();
    stage.put(&service("stock").replace("port: 80", "port: http"));
    let unreadable: Vec<String> = stage.plans.unreadable().map(|(key, why)| format!("{key}: {}", why[0].0)).collect();
    assert_eq!(unreadable, ["MeshService shop/stock: spec.ports[0].port"]);
    assert_eq!(stage.part("cart-1", &PartName::Cluster(destination("stock", "web"))), None);
    stage.put(&service("stock"));
    assert_eq!(stage.plans.unreadable().count(), 0);
}
