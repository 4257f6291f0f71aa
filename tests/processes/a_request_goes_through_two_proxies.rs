//! A request between two workloads, each with a real Envoy that was started from a bootstrap: it arrives, it is judged by policies that global
//! was told while it runs, and it goes on arriving when every control plane is gone.
use crate::{
    cast::{Running, answer, says, until},
    workloads::{Application, Launcher, apply, ask, free},
};
use std::{fs, path::Path};

struct Stage<'a> {
    folder: &'a Path,
    global: Running,
    zone: Running,
    envoy: String,
}

impl<'a> Stage<'a> {
    /// A global and a zone that hold the mesh `shop`. `None`: there is no Envoy.
    fn set(folder: &'a Path) -> Option<Self> {
        let envoy = xtask::envoy::for_tests()?.to_str().unwrap().to_owned();
        let global = Running::global(folder);
        let zone = Running::zone(folder, "east", &global);
        apply(folder, "type: Mesh\nname: shop\n", &global.api);
        Some(Self { folder, global, zone, envoy })
    }

    /// A proxy of this name, with a token of its own.
    fn launch(&self, name: &str, networking: &str) -> Launcher {
        let (file, token) = (format!("{name}.yaml"), format!("{name}.token"));
        let dataplane =
            format!("type: Dataplane\nmesh: shop\nname: {name}\nlabels: {{kuma.io/workload: {name}}}\nnetworking: {networking}\n");
        fs::write(self.folder.join(&file), dataplane).unwrap();
        let printed =
            says(self.folder, &["token", "dataplane", "--mesh", "shop", "--name", name, "--workload", name, "--api", &self.global.api]);
        fs::write(self.folder.join(&token), printed).unwrap();
        let mut address = format!("https://{}", self.zone.proxies);
        if name.starts_with("cart") {
            // Of several control planes Envoy reaches one through the launcher, whether the others are there or not.
            address = format!("https://127.0.0.1:{},{address}", free());
        }
        let arguments = [
            ["--cp-address", &address],
            ["--ca-cert-file", "strait-data/zone-east/ca.pem"],
            ["--dataplane-file", &file],
            ["--dataplane-token-file", &token],
            ["--envoy", &self.envoy],
            ["--concurrency", "1"],
            ["--drain-time", "1s"],
        ];
        Launcher::start(self.folder, "proxy", &arguments)
    }

    /// What the zone shows of a proxy.
    fn status(&self, name: &str) -> serde_json::Value {
        let (_, said) = answer(&self.zone.api, "GET", "/status", "");
        serde_json::from_str::<serde_json::Value>(&said).unwrap()["proxies"][format!("shop/{name}")].clone()
    }
}

/// Whether global shows that a proxy is connected, and until when its certificate is valid.
fn on_global(stage: &Stage<'_>, name: &str) -> Option<(bool, serde_json::Value)> {
    let (_, said) = answer(&stage.global.api, "GET", "/meshes/shop/dataplane-insights", "");
    let said: serde_json::Value = serde_json::from_str(&said).ok()?;
    let of_proxy = |item: &&serde_json::Value| item["labels"]["kuma.io/display-name"] == name;
    let insight = said["items"].as_array()?.iter().find(of_proxy)?;
    let newest = insight["subscriptions"].as_array()?.last()?;
    assert!(newest["version"]["envoy"]["version"].is_string(), "{insight:#}");
    let is_connected = newest["connectTime"].is_string() && newest["disconnectTime"].is_null();
    Some((is_connected, insight["mTLS"]["certificateExpirationTime"].clone()))
}

const SERVICE: &str = "type: MeshService
mesh: shop
name: stock
spec:
  selector: { dataplaneTags: { kuma.io/service: stock } }
  ports: [{ port: 80, targetPort: main, appProtocol: http }]
";

#[test]
fn and_is_judged_on_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(stage) = Stage::set(folder) else { return };
    let application = Application::start();
    let (inbound, outbound) = (free(), free());
    until("the zone holds the mesh", || says(folder, &["get", "meshes", "--api", &stage.zone.api]).contains("shop"));
    apply(folder, SERVICE, &stage.zone.api);
    let serving = format!(
        "{{address: 127.0.0.1, inbound: [{{name: main, port: {inbound}, servicePort: {}, protocol: http, tags: {{kuma.io/service: stock}}}}]}}",
        application.port
    );
    let asking = format!(
        "{{address: 127.0.0.1, inbound: [{{port: {}, tags: {{kuma.io/service: cart}}}}], outbound: [{{port: {outbound}, backendRef: {{kind: MeshService, name: stock, port: 80}}}}]}}",
        free()
    );
    let stock = stage.launch("stock-1", &serving);
    let cart = stage.launch("cart-1", &asking);
    until("a request arrives", || ask(outbound, "/").0 == 200);
    assert_eq!(ask(outbound, "/").1, "hello nobody");
    assert!(says(folder, &["status", "--api", &stage.zone.api]).contains("shop/cart-1"));

    // A policy of global's takes effect on the next request.
    let timeout =
        "type: MeshTimeout\nmesh: shop\nname: brief\nspec: {to: [{targetRef: {kind: Mesh}, default: {http: {requestTimeout: 200ms}}}]}\n";
    apply(folder, timeout, &stage.global.api);
    until("a slow request is given up", || ask(outbound, "/slow").0 == 504);

    // Both prove who they are, and nobody is allowed any more.
    let identity = "type: MeshIdentity\nmesh: shop\nname: identity\nspec: {selector: {dataplane: {matchLabels: {}}}, provider: {type: Bundled, bundled: {autogenerate: {enabled: true}}}}\n";
    apply(folder, identity, &stage.global.api);
    until("nobody is allowed", || ask(outbound, "/").0 == 403);
    let permission = "type: MeshTrafficPermission\nmesh: shop\nname: cart\nspec: {rules: [{default: {allow: [{spiffeID: {type: Exact, value: 'spiffe://shop.east.mesh.local/workload/cart-1'}}]}}]}\n";
    apply(folder, permission, &stage.global.api);
    until("the cart is allowed", || ask(outbound, "/").0 == 200);
    let said = ask(outbound, "/").1;
    assert!(said.contains("URI=spiffe://shop.east.mesh.local/workload/cart-1"), "{said}");
    until("global shows who is connected, and its certificate", || {
        on_global(&stage, "cart-1").is_some_and(|(is_connected, valid_until)| is_connected && valid_until.is_string())
    });
    let (plain, _) = ask(inbound, "/");
    assert_eq!(plain, 0, "who shows no certificate is not let in");
    apply(folder, &permission.replace("allow", "deny"), &stage.global.api);
    until("the cart is denied", || ask(outbound, "/").0 == 403);
    apply(folder, permission, &stage.global.api);
    until("the cart is allowed again", || ask(outbound, "/").0 == 200);
    assert_eq!(stage.status("cart-1")["refused"], serde_json::Value::Null, "{}", stage.status("cart-1"));

    // One goes, and global shows that.
    drop(stock);
    until("global shows who is gone", || on_global(&stage, "stock-1").is_none_or(|(is_connected, _)| !is_connected));
    let _stock = stage.launch("stock-1", &serving);
    until("a request arrives again", || ask(outbound, "/").0 == 200);

    // Every control plane goes, and requests still arrive.
    let Stage { global, zone, .. } = stage;
    global.kill();
    zone.kill();
    assert_eq!(ask(outbound, "/").0, 200);
    drop(cart);
}
