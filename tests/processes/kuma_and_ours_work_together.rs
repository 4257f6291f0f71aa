//! Kuma 2.14 itself at the other end: not the model of it that the simulated worlds have. It is in no package, so these run where somebody has it:
//! `STRAIT_KUMA_CP=… STRAIT_KUMA_DP=… cargo test --test processes kuma -- --ignored`.
use crate::{
    cast::{Running, says, until},
    kuma::{self, Kuma},
    stage::Stage,
    workloads::{Application, apply, ask, free},
};
use serde_json::json;

/// Kuma makes no authority of its own unless it is allowed to.
const MESH: &str = "type: Mesh
name: shop
meshServices: {mode: Exclusive}
---
type: MeshIdentity
mesh: shop
name: identity
spec:
  selector: {dataplane: {matchLabels: {}}}
  provider: {type: Bundled, bundled: {insecureAllowSelfSigned: true, autogenerate: {enabled: true}, meshTrustCreation: Enabled}}
---
type: MeshTrafficPermission
mesh: shop
name: everybody
spec: {rules: [{default: {allow: [{spiffeID: {type: Prefix, value: 'spiffe://shop.'}}]}}]}
";

/// A proxy that serves what it is called, and asks for a service of another zone on a local port.
fn networking(name: &str, (inbound, application): (u16, u16), outbound: u16, (other, zone, port): (&str, &str, u16)) -> String {
    let inbound = format!(
        "[{{name: main, port: {inbound}, servicePort: {application}, serviceAddress: 127.0.0.1, tags: {{kuma.io/service: {name}, kuma.io/protocol: http}}}}]"
    );
    let outbound = format!(
        "[{{port: {outbound}, address: 127.0.0.1, backendRef: {{kind: MeshService, labels: {{kuma.io/display-name: {other}, kuma.io/zone: {zone}}}, port: {port}}}}}]"
    );
    format!("{{address: 127.0.0.1, inbound: {inbound}, outbound: {outbound}, admin: {{port: {}}}}}", free())
}

#[test]
#[ignore = "it needs Kuma 2.14: STRAIT_KUMA_CP, STRAIT_KUMA_DP"]
fn requests_cross_between_a_zone_of_ours_and_one_of_kumas() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let envoy = xtask::envoy::for_tests().unwrap().to_str().unwrap().to_owned();
    let global = Running::global(folder);
    let east = Running::zone(folder, "east", &global);
    let plain = Kuma::zone(&folder.join("plain"), "plain", &global.zones_at());
    until("global knows the zone", || says(folder, &["status", "--api", &global.api]).contains("not-admitted"));
    says(folder, &["zone", "admit", "plain", "--api", &global.api]);
    let stage = Stage { folder, global, envoy: envoy.clone() };
    apply(folder, MESH, &stage.global.api);
    until("the mesh arrives there", || plain.get("/meshes/shop").is_some());

    let (ours, theirs) = (Application::start(), Application::start());
    let (at_ours, at_theirs, to_ours, to_theirs) = (free(), free(), free(), free());
    let _ours = stage.proxy(("east", &east), "stock", &networking("stock", (at_ours, ours.port), to_theirs, ("bills", "plain", at_theirs)));
    let dataplane = format!(
        "type: Dataplane\nmesh: shop\nname: bills-1\nlabels: {{kuma.io/origin: zone, kuma.io/workload: bills}}\nnetworking: {}\n",
        networking("bills", (at_theirs, theirs.port), to_ours, ("stock", "east", at_ours))
    );
    let _theirs = plain.launches("bills", "dataplane", &dataplane, &envoy);
    let _our_ingress = stage.ingress(("east", &east), free());
    let (entrance, admin) = (free(), free());
    let ingress = format!(
        "type: ZoneIngress\nname: theirs\nnetworking: {{address: 127.0.0.1, port: {entrance}, advertisedAddress: 127.0.0.1, advertisedPort: {entrance}, admin: {{port: {admin}}}}}\n"
    );
    let _their_ingress = plain.launches("ingress", "ingress", &ingress, &envoy);

    until("a proxy of ours is answered by one of Kuma's", || ask(to_theirs, "/").0 == 200);
    let said = ask(to_theirs, "/").1;
    assert!(said.contains("URI=spiffe://shop.east.mesh.local/workload/stock"), "{said}");
    until("a proxy of Kuma's is answered by one of ours", || ask(to_ours, "/").0 == 200);
    let said = ask(to_ours, "/").1;
    assert!(said.contains("URI=spiffe://shop.plain.mesh.local/workload/bills"), "{said}");
}

#[test]
#[ignore = "it needs Kuma 2.14: STRAIT_KUMA_CP"]
fn a_zone_of_ours_joins_kumas_global() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let kds = free();
    let global = Kuma::global(&folder.join("global"), kds);
    global.put("/meshes/shop", &json!({"type": "Mesh", "name": "shop", "meshServices": {"mode": "Exclusive"}}));
    let (address, authority) = (format!("grpcs://localhost:{kds}"), global.authority());
    // The certificate that Kuma made itself is its own authority.
    let joins = ["zone", "run", "--name", "east", "--global-address", &address, "--global-ca-file", authority.to_str().unwrap()];
    let east = Running::start(folder, &joins);
    let holds = |what: &str| says(folder, &["get", what, "-m", "shop", "--api", &east.api]);
    let spec = json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": "3s"}}]});
    global.put("/meshes/shop/meshtimeouts/edited", &json!({"type": "MeshTimeout", "mesh": "shop", "name": "edited", "spec": spec}));
    until("a policy arrives here", || {
        says(folder, &["get", "meshes", "--api", &east.api]).contains("shop") && holds("meshtimeouts").contains("edited")
    });
    let service = "type: MeshService\nmesh: shop\nname: stock\nspec: {selector: {dataplaneTags: {kuma.io/service: stock}}, ports: [{port: 80, appProtocol: http}]}\n";
    apply(folder, service, &east.api);
    let listed = || global.get("/meshes/shop/meshservices").is_some_and(|said| said.contains("\"stock\""));
    until("a service of ours is listed there", listed);
    // It has forgotten everything: whoever takes its word for it loses the mesh.
    let _global = Kuma::global_in_place_of(global, &folder.join("another"), kds);
    until("the zone hears of it, and freezes", || says(folder, &["status", "--api", &east.api]).contains("frozen"));
    assert!(holds("meshtimeouts").contains("edited"));
}

#[test]
#[ignore = "it needs Kuma 2.14: STRAIT_KUMA_DP"]
fn kumas_launcher_runs_a_proxy_of_a_zone_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let envoy = xtask::envoy::for_tests().unwrap().to_str().unwrap().to_owned();
    let global = Running::global(folder);
    let east = Running::zone(folder, "east", &global);
    apply(folder, "type: Mesh\nname: shop\nmeshServices: {mode: Exclusive}\n", &global.api);
    let stage = Stage { folder, global, envoy: envoy.clone() };
    stage.token("bills.token", &["token", "dataplane", "--mesh", "shop"]);
    until("the mesh arrives", || says(folder, &["get", "meshes", "--api", &east.api]).contains("shop"));
    let (application, inbound) = (Application::start(), free());
    let served = format!(
        "type: Dataplane\nmesh: shop\nname: bills-1\nnetworking: {{address: 127.0.0.1, inbound: [{{port: {inbound}, servicePort: {}, tags: {{kuma.io/service: bills, kuma.io/protocol: http}}}}], admin: {{port: {}}}}}\n",
        application.port,
        free()
    );
    let token = format!("--dataplane-token-file={}", folder.join("bills.token").display());
    let authority = folder.join("strait-data/zone-east/ca.pem");
    let _launched = kuma::launch(&folder.join("bills"), (&east.proxies, &authority), &[&token], &served, &envoy);
    until("its Envoy serves the workload", || ask(inbound, "/").0 == 200);
}
