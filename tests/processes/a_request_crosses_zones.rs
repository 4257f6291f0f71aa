//! A request from a workload in one zone to one in another, through an ingress: with real Envoys, which prove to each other who they are.
use crate::{
    cast::{Running, answer, says, strait, until},
    workloads::{Application, Launcher, apply, ask, free},
};
use std::{fs, path::Path};

const MESH: &str = "type: Mesh
name: shop
meshServices: {mode: Exclusive}
---
type: MeshIdentity
mesh: shop
name: identity
spec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}}
---
type: MeshTrafficPermission
mesh: shop
name: cart
spec: {rules: [{default: {allow: [{spiffeID: {type: Exact, value: 'spiffe://shop.east.mesh.local/workload/cart'}}]}}]}
";

struct Stage<'a> {
    folder: &'a Path,
    global: Running,
    envoy: String,
}

impl Stage<'_> {
    fn token(&self, file: &str, asked: &[&str]) {
        let printed = says(self.folder, &[asked, &["--api", &self.global.api]].concat());
        fs::write(self.folder.join(file), printed).unwrap();
    }

    /// What launchers have in common, of a proxy of this zone.
    fn launch(&self, zone: (&str, &Running), what: &str, own: &[[&str; 2]]) -> Launcher {
        let (address, authority) = (format!("https://{}", zone.1.proxies), format!("strait-data/zone-{}/ca.pem", zone.0));
        let all = [
            ["--cp-address", &address],
            ["--ca-cert-file", &authority],
            ["--envoy", &self.envoy],
            ["--concurrency", "1"],
            ["--drain-time", "1s"],
        ];
        Launcher::start(self.folder, what, &[own, &all].concat())
    }

    /// A proxy of the workload that is called so.
    fn proxy(&self, zone: (&str, &Running), name: &str, networking: &str) -> Launcher {
        let (file, token) = (format!("{name}.yaml"), format!("{name}.token"));
        let dataplane =
            format!("type: Dataplane\nmesh: shop\nname: {name}-1\nlabels: {{kuma.io/workload: {name}}}\nnetworking: {networking}\n");
        fs::write(self.folder.join(&file), dataplane).unwrap();
        self.token(&token, &["token", "dataplane", "--mesh", "shop", "--workload", name]);
        self.launch(zone, "proxy", &[["--dataplane-file", &file], ["--dataplane-token-file", &token]])
    }

    fn ingress(&self, zone: (&str, &Running), port: u16) -> Launcher {
        self.token("ingress.token", &["zone", "token", zone.0, "--scope", "ingress"]);
        let port = port.to_string();
        let own = [["--address", "127.0.0.1"], ["--port", &port], ["--admin-port", "0"], ["--token-file", "ingress.token"]];
        self.launch(zone, "ingress", &own)
    }

    /// How an ingress with this token fares: what the launcher says, and its exit code.
    fn refused(&self, zone: (&str, &Running), token: &str) -> (String, Option<i32>) {
        let (address, authority) = (format!("https://{}", zone.1.proxies), format!("strait-data/zone-{}/ca.pem", zone.0));
        let arguments =
            ["ingress", "run", "--address", "127.0.0.1", "--data-dir", "refused", "--token-file", token, "--envoy", &self.envoy];
        let output = strait(self.folder, &[&arguments[..], &["--cp-address", &address, "--ca-cert-file", &authority]].concat());
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
    }
}

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
    let serving = format!(
        "{{address: 127.0.0.1, inbound: [{{name: main, port: {inbound}, servicePort: {}, protocol: http, tags: {{kuma.io/service: stock}}}}]}}",
        application.port
    );
    let asking = format!(
        "{{address: 127.0.0.1, inbound: [{{port: {}, tags: {{kuma.io/service: cart}}}}], outbound: [{{port: {outbound}, backendRef: {{kind: MeshService, labels: {{kuma.io/display-name: stock, kuma.io/zone: west}}, port: {inbound}}}}}]}}",
        free()
    );
    let _stock = stage.proxy(("west", &west), "stock", &serving);
    let _cart = stage.proxy(("east", &east), "cart", &asking);
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
