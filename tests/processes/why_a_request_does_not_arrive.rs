//! `strait why` of control planes that run: what breaks a request between two zones is found while it is so, and what is suggested turns it.
use crate::{
    cast::{Running, says, strait, until},
    stage::{MESH, Stage, asking, serving},
    workloads::{Application, apply, ask, free},
};
use serde_json::Value;
use std::path::Path;

/// What is answered about the way from `cart-1` in east to `stock` in west: the exit code, the first hop that is broken, and all of it.
fn asked(folder: &Path, from: &str, api: &str) -> (Option<i32>, String, Value) {
    let output = strait(folder, &["why", from, "stock.svc.west.mesh.local", "--mesh", "shop", "--api", api, "--output", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let broken = said["hops"].as_array().into_iter().flatten().find(|hop| hop["verdict"] == "broken");
    let broken = broken.map(|hop| hop["hop"].as_str().unwrap().to_owned()).unwrap_or_default();
    (output.status.code(), broken, said)
}

fn breaks_at(folder: &Path, from: &str, api: &str, hop: &str) -> bool {
    let (code, broken, _) = asked(folder, from, api);
    code == Some(1) && broken == hop
}

fn is_well(folder: &Path, from: &str, api: &str) -> bool {
    asked(folder, from, api).0 == Some(0)
}

#[test]
fn is_said_by_its_zone_and_by_global() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let global = Running::global(folder);
    let (east, west) = (Running::zone(folder, "east", &global), Running::zone(folder, "west", &global));
    let stage = Stage { folder, global, envoy: envoy.to_str().unwrap().to_owned() };
    let on_global = &stage.global.api;
    apply(folder, MESH, on_global);
    let application = Application::start();
    let (inbound, outbound, entrance) = (free(), free(), free());
    let _stock = stage.proxy(("west", &west), "stock", &serving(inbound, application.port));
    let cart = stage.proxy(("east", &east), "cart", &asking(outbound, inbound));
    until("nothing but a way into the zone is missing", || breaks_at(folder, "cart-1", &east.api, "ingress"));
    let (_, _, said) = asked(folder, "cart-1", &east.api);
    assert!(said["change"]["what"].as_str().unwrap().contains("strait ingress run"), "{said:#}");
    until("global knows that, too", || breaks_at(folder, "east/cart-1", on_global, "ingress"));

    let _ingress = stage.ingress(("west", &west), entrance);
    until("the zone knows of nothing that breaks it", || is_well(folder, "cart-1", &east.api));
    until("nor does global, which sees both zones", || is_well(folder, "cart-1", on_global));
    until("and a request arrives", || ask(outbound, "/").0 == 200);
    let (_, _, said) = asked(folder, "cart-1", on_global);
    let permission = said["hops"].as_array().unwrap().iter().find(|hop| hop["hop"] == "permission").unwrap();
    assert!(permission["what"].as_str().unwrap().contains("by MeshTrafficPermission cart[0] of global"), "{permission:#}");

    // What is suggested turns it.
    says(folder, &["delete", "MeshTrafficPermission", "cart", "--mesh", "shop", "--api", on_global]);
    until("nobody is let in", || ask(outbound, "/").0 == 403);
    assert!(breaks_at(folder, "cart-1", on_global, "permission"));
    let (_, _, said) = asked(folder, "cart-1", on_global);
    assert_eq!((said["change"]["at"].as_str(), said["change"]["resources"].as_array().map(Vec::len)), (Some("global"), Some(1)));
    apply(folder, &said["change"]["resources"][0].to_string(), on_global);
    until("a request arrives again", || ask(outbound, "/").0 == 200);
    assert!(is_well(folder, "cart-1", on_global));

    // What was wrong with the question is said; and who is gone.
    let output = strait(folder, &["why", "cart-2", "stock", "--mesh", "shop", "--api", &east.api]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("there is no Dataplane cart-2"), "{said}");
    drop(cart);
    until("its Dataplane went with it", || asked(folder, "cart-1", &east.api).0 == Some(2));
}
