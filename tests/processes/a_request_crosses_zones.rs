//! A request from a workload in one zone to one in another, through an ingress: with real Envoys, which prove to each other who they are.
use crate::{
    cast::{Running, answer, says, strait, until},
    stage::{MESH, Stage, asking, serving},
    workloads::{Application, apply, ask, free},
};
use std::{fs, net::TcpListener};

#[test]
fn through_an_ingress_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let global = Running::global(folder);
    let (east, west) = (Running::zone(folder, "east", &global), Running::zone(folder, "west", &global));
    let stage = Stage { folder, global, envoy: envoy.to_str().unwrap().to_owned() };
    apply(folder, MESH, &stage.global.api);
    let application = Application::start();
    let (inbound, outbound, entrance) = (free(), free(), free());
    let _stock = stage.proxy(("west", &west), "stock", &serving(inbound, application.port));
    let _cart = stage.proxy(("east", &east), "cart", &asking(outbound, inbound));
    until("the other zone's service is known, and there is no way to it", || ask(outbound, "/").0 == 503);
    let ingress = stage.ingress(("west", &west), entrance);
    until("a request crosses zones", || ask(outbound, "/").0 == 200);
    let said = ask(outbound, "/").1;
    assert!(said.contains("URI=spiffe://shop.east.mesh.local/workload/cart"), "{said}");

    // What others may know of it.
    let (_, status) = answer(&west.api, "GET", "/status", "");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert!(status["proxies"]["ingress"].is_object() || status["proxies"].to_string().contains("ingress"), "{status:#}");
    assert!(says(folder, &["get", "meshzoneaddresses", "-m", "shop", "--api", &east.api]).contains("ingress"));

    // It moves, and is followed.
    drop(ingress);
    let elsewhere = free();
    let _ingress = stage.ingress(("west", &west), elsewhere);
    until("the new address is used", || ask(outbound, "/").0 == 200);

    // Every control plane goes, and requests still cross.
    let Stage { global, .. } = stage;
    global.kill();
    east.kill();
    west.kill();
    assert_eq!(ask(outbound, "/").0, 200);
}

#[test]
fn one_that_cannot_listen_is_not_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let global = Running::global(folder);
    let west = Running::zone(folder, "west", &global);
    let stage = Stage { folder, global, envoy: envoy.to_str().unwrap().to_owned() };
    apply(folder, MESH, &stage.global.api);
    let told = || says(folder, &["get", "meshzoneaddresses", "-m", "shop", "--api", &west.api]).contains("ingress");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let ingress = stage.ingress(("west", &west), taken.local_addr().unwrap().port());
    let status = || says(folder, &["status", "--api", &west.api]);
    until("its Envoy refuses the listener", || status().contains("not advertised to other zones, as it has no listener"));
    assert!(status().contains("self_zoneingress") && !told(), "{}", status());
    // The port is free again, and nobody starts anything anew.
    drop(taken);
    until("it is told of", told);
    until("it is shown as any other", || !status().contains("not advertised"));
    drop(ingress);
}

#[test]
fn who_may_not_let_others_in_is_sent_away() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let global = Running::global(folder);
    let west = Running::zone(folder, "west", &global);
    let stage = Stage { folder, global, envoy: envoy.to_str().unwrap().to_owned() };
    stage.token("other.token", &["zone", "token", "east", "--scope", "ingress"]);
    stage.token("cp.token", &["zone", "token", "west", "--bare"]);
    fs::write(folder.join("none.token"), "nonsense").unwrap();
    for (token, why) in [
        ("other.token", "the zone token is for zone `east`, and this is zone `west`"),
        ("cp.token", "the token has the scope [\"cp\"]; an ingress needs `ingress`"),
        ("none.token", "the zone token is not valid"),
    ] {
        let (said, code) = stage.refused(("west", &west), token);
        assert!(said.contains(why) && code == Some(6), "{code:?}: {said}");
    }
    let bad = ["ingress", "run", "--address", "0.0.0.0", "--token-file", "other.token"];
    let output = strait(folder, &bad);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}
