//! A port whose server name is too long, or the same as another's, is named as what it is; and another name for it turns that.
use crate::stage::{BREAD, STOCK, World, verdict};
use serde_json::json;
use strait_core::{
    resource::{from_json, model::validate},
    why::{Step, Verdict},
};

/// `sni.msvc.shop.west.stock.` or `…east.bread.` before it is more than 255 bytes.
fn long() -> String {
    "p".repeat(250)
}

/// It breaks at this hop for this reason, and what is suggested turns all.
fn turns(mut world: World, to: &str, step: Step, why: &str) {
    let said = world.cart(to);
    let broken = said.broken().unwrap_or_else(|| panic!("{said:#?}"));
    assert!(broken.hop == step && broken.what.contains(why), "{said:#?}");
    for written in &said.change.as_ref().unwrap().resources {
        assert_eq!(validate(&from_json(written).unwrap()), [], "{written:#}");
    }
    world.apply(&said);
    assert_eq!(world.cart(to).verdict, Verdict::Ok, "{:#?}", world.cart(to));
}

#[test]
fn too_long_where_it_is_asked_for() {
    for (to, service) in [(BREAD, "bread"), (STOCK, "stock")] {
        let mut world = World::new();
        world.set("MeshService", service, "/ports", Some(json!([{"name": long(), "port": 80, "targetPort": "main"}])));
        turns(world.clone(), to, Step::Outbound, "has 275 bytes, and at most 255 can be asked for");
        turns(world, &format!("{to}:80"), Step::Outbound, "port 80 of MeshService shop/");
    }
}

#[test]
fn and_the_others_of_the_service_are_not_meant() {
    let mut world = World::new();
    let ports = json!([{"name": long(), "port": 81, "targetPort": "main"}, {"name": "web", "port": 80, "targetPort": "main"}]);
    world.set("MeshService", "bread", "/ports", Some(ports));
    for to in [BREAD.to_owned(), format!("{BREAD}:80")] {
        assert_eq!(world.cart(&to).verdict, Verdict::Ok);
    }
    turns(world, &format!("{BREAD}:81"), Step::Outbound, "port 81 of");
}

#[test]
fn too_long_where_a_route_leads() {
    let mut world = World::new();
    let next = "type: MeshService\nmesh: shop\nname: next\nlabels: {kuma.io/zone: east, team: next}\nspec: {selector: {dataplaneLabels: {matchLabels: {app: bread}}}, ports: [{name: LONG, port: 80, targetPort: main}]}\n";
    world.put(&next.replace("LONG", &long()));
    world.put(
        "
type: MeshHTTPRoute
mesh: shop
name: canary
spec:
  to:
  - targetRef: {kind: MeshService, labels: {team: bakery}}
    rules: [{matches: [{path: {type: PathPrefix, value: /}}], default: {backendRefs: [{kind: MeshService, labels: {team: next}, port: 80}]}}]
",
    );
    turns(world, BREAD, Step::Route, "at most 255 can be asked for");
}

/// `b` in the namespace `a`, and `a.b` in none.
#[test]
fn the_same_as_another_ones_where_another_zone_is_entered() {
    let alike = |name: &str, namespace: &str| {
        format!(
            "type: MeshService
mesh: shop
name: {name}
labels: {{kuma.io/zone: west{namespace}}}
spec: {{selector: {{dataplaneLabels: {{matchLabels: {{app: stock}}}}}}, ports: [{{name: web, port: 80, targetPort: main, appProtocol: http}}]}}
"
        )
    };
    let mut world = World::new();
    world.put(&alike("a.b", ""));
    let to = "a.b.svc.west.mesh.local";
    assert_eq!(world.cart(to).verdict, Verdict::Ok, "{:#?}", world.cart(to));
    world.put(&alike("b", ", k8s.kuma.io/namespace: a"));
    turns(world.clone(), to, Step::Ingress, "`sni.msvc.shop.west.a.b.web`, as for kri_msvc_shop_west_a_b_web");
    assert_eq!(verdict(&world.cart(STOCK), Step::Ingress), Verdict::Ok);
}
