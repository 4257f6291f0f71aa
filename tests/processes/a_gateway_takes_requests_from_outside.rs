//! A gateway: a reverse proxy of its own, beside an Envoy of the mesh. What it takes from outside reaches services of other zones as the gateway's request.
use crate::{
    cast::{Running, until},
    stage::{MESH, Stage, serving},
    workloads::{Application, apply, ask, free},
};
use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

const EDGE: &str = "type: MeshTrafficPermission
mesh: shop
name: edge
spec: {rules: [{default: {allow: [{spiffeID: {type: Exact, value: 'spiffe://shop.east.mesh.local/workload/edge'}}]}}]}
";

/// A reverse proxy that knows nothing of meshes: what comes to one port goes to the other. It is killed with the value.
struct ReverseProxy(Child);

impl ReverseProxy {
    fn start(folder: &Path, envoy: &str, from: u16, to: u16) -> Self {
        let at = |port: u16| format!("{{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}");
        let manager = "\"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
        let router = "\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
        let routes = "{virtual_hosts: [{name: all, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: mesh}}]}]}";
        let config = format!(
            "static_resources:
  listeners:
  - address: {}
    filter_chains: [{{filters: [{{name: http, typed_config: {{{manager}, stat_prefix: edge, route_config: {routes}, http_filters: [{{name: router, typed_config: {{{router}}}}}]}}}}]}}]
  clusters: [{{name: mesh, type: STATIC, load_assignment: {{cluster_name: mesh, endpoints: [{{lb_endpoints: [{{endpoint: {{address: {}}}}}]}}]}}}}]
",
            at(from),
            at(to)
        );
        fs::write(folder.join("reverse-proxy.yaml"), config).unwrap();
        let arguments = ["-c", "reverse-proxy.yaml", "--use-dynamic-base-id", "--concurrency", "1", "-l", "error"];
        Self(Command::new(envoy).args(arguments).current_dir(folder).stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn and_asks_in_another_zone_by_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let global = Running::global(folder);
    let (east, west) = (Running::zone(folder, "east", &global), Running::zone(folder, "west", &global));
    let stage = Stage { folder, global, envoy: envoy.to_str().unwrap().to_owned() };
    apply(folder, &format!("{MESH}---\n{EDGE}"), &stage.global.api);
    let application = Application::start();
    let (inbound, outbound, entrance, front) = (free(), free(), free(), free());
    let gateway = format!(
        "{{address: 127.0.0.1, gateway: {{type: DELEGATED, tags: {{kuma.io/service: edge}}}}, outbound: [{{port: {outbound}, backendRef: {{kind: MeshService, labels: {{kuma.io/display-name: stock, kuma.io/zone: west}}, port: {inbound}}}}}]}}"
    );
    let _stock = stage.proxy(("west", &west), "stock", &serving(inbound, application.port));
    let _ingress = stage.ingress(("west", &west), entrance);
    let _edge = stage.proxy(("east", &east), "edge", &gateway);
    let _reverse_proxy = ReverseProxy::start(folder, &stage.envoy, front, outbound);
    until("a request from outside is answered in another zone", || ask(front, "/").0 == 200);
    let said = ask(front, "/").1;
    assert!(said.contains("URI=spiffe://shop.east.mesh.local/workload/edge"), "{said}");
    // The entrance for other zones is none for whoever is outside of the mesh.
    assert_eq!(ask(entrance, "/").0, 0);
}
