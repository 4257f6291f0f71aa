//! Zones with proxies of a mesh, and ingresses.
use crate::{
    cast::{Running, says, strait},
    workloads::{Launcher, free},
};
use std::{fs, path::Path};

/// Of a mesh whose proxies have identities, and in which nobody is asked but by `cart`.
pub(crate) const MESH: &str = "type: Mesh
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

/// What the proxy of `stock` listens on, before an application.
pub(crate) fn serving(inbound: u16, application: u16) -> String {
    format!(
        "{{address: 127.0.0.1, inbound: [{{name: main, port: {inbound}, servicePort: {application}, protocol: http, tags: {{kuma.io/service: stock}}}}]}}"
    )
}

/// What the proxy of `cart` listens on: there its workload asks for the `stock` of the zone `west`, on that port of the service.
pub(crate) fn asking(outbound: u16, port: u16) -> String {
    format!(
        "{{address: 127.0.0.1, inbound: [{{port: {}, tags: {{kuma.io/service: cart}}}}], outbound: [{{port: {outbound}, backendRef: {{kind: MeshService, labels: {{kuma.io/display-name: stock, kuma.io/zone: west}}, port: {port}}}}}]}}",
        free()
    )
}

/// A global, and what it takes to launch the proxies of its zones.
pub(crate) struct Stage<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) global: Running,
    pub(crate) envoy: String,
}

impl Stage<'_> {
    /// Keeps what is printed for these arguments in a file.
    pub(crate) fn token(&self, file: &str, asked: &[&str]) {
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
    pub(crate) fn proxy(&self, zone: (&str, &Running), name: &str, networking: &str) -> Launcher {
        let (file, token) = (format!("{name}.yaml"), format!("{name}.token"));
        let dataplane =
            format!("type: Dataplane\nmesh: shop\nname: {name}-1\nlabels: {{kuma.io/workload: {name}}}\nnetworking: {networking}\n");
        fs::write(self.folder.join(&file), dataplane).unwrap();
        self.token(&token, &["token", "dataplane", "--mesh", "shop", "--workload", name]);
        self.launch(zone, "proxy", &[["--dataplane-file", &file], ["--dataplane-token-file", &token]])
    }

    /// The ingress of a zone, where it listens on this port.
    pub(crate) fn ingress(&self, zone: (&str, &Running), port: u16) -> Launcher {
        self.ingress_told(zone, port, 0)
    }

    /// Likewise, with Envoy's own interface on another; 0: it has none.
    pub(crate) fn ingress_told(&self, zone: (&str, &Running), port: u16, admin: u16) -> Launcher {
        self.token("ingress.token", &["zone", "token", zone.0, "--scope", "ingress"]);
        let (port, admin) = (port.to_string(), admin.to_string());
        let own = [["--address", "127.0.0.1"], ["--port", &port], ["--admin-port", &admin], ["--token-file", "ingress.token"]];
        self.launch(zone, "ingress", &own)
    }

    /// How an ingress with this token fares: what the launcher says, and its exit code.
    pub(crate) fn refused(&self, zone: (&str, &Running), token: &str) -> (String, Option<i32>) {
        let (address, authority) = (format!("https://{}", zone.1.proxies), format!("strait-data/zone-{}/ca.pem", zone.0));
        let arguments =
            ["ingress", "run", "--address", "127.0.0.1", "--data-dir", "refused", "--token-file", token, "--envoy", &self.envoy];
        let output = strait(self.folder, &[&arguments[..], &["--cp-address", &address, "--ca-cert-file", &authority]].concat());
        (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
    }
}
