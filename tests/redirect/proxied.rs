//! All of it together: a workload that knows nothing of its proxy finds a service by its name. One user is all there is, so that the proxy and its
//! launcher are told from the workload by a mark, from the first connection to the control plane on.
use crate::{
    asked::{NO_ERROR, over_udp},
    cases::{Case, until},
    machine::{MACHINE, Machines, OTHER},
};
use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use strait_netns_testbed::HostId;

pub(crate) const CASES: &[Case] = &[
    ("a_service_is_found_by_its_name", a_service_is_found_by_its_name),
    ("also_by_a_proxy_that_its_control_plane_holds", also_by_a_proxy_that_its_control_plane_holds),
];

const SOON: Duration = Duration::from_secs(60);
const GLOBAL: &str = "127.0.0.1:5681";
const ZONE: &str = "127.0.0.1:5691";

const SERVICE: &str = "type: MeshService
mesh: shop
name: stock
spec: { selector: { dataplaneTags: { kuma.io/service: stock } }, ports: [{ port: 80 }] }
---
type: Dataplane
mesh: shop
name: stock-1
networking: { address: OTHER, inbound: [{ port: 80, tags: { kuma.io/service: stock } }] }
";

const CART: &str = "type: Dataplane
mesh: shop
name: cart-1
networking:
  address: MACHINE
  inbound: [{ port: 8080, tags: { kuma.io/service: cart } }]
  transparentProxying: { redirectPortInbound: 15006, redirectPortOutbound: 15001 }
";

/// It ends with the value. What it said is shown if the test fails.
struct Process {
    child: Child,
    log: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.log.display(), fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// The two machines, and a folder.
struct Stage<'a> {
    machines: Machines,
    folder: &'a Path,
}

impl Stage<'_> {
    fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
        command.current_dir(self.folder).args(words.split(' '));
        command
    }

    fn start(&self, host: HostId, name: &str, words: &str) -> Process {
        let log = self.folder.join(name);
        let mut command = self.command(words);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        Process { child: self.machines.spawn(host, command), log }
    }

    /// What a command says, or why not.
    fn says(&self, words: &str) -> Result<String, String> {
        let output = self.machines.run(OTHER, self.command(words));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// What a command says once it succeeds: keys are made after a control plane has started.
    fn waits_for(&self, words: &str) -> String {
        let mut said = Err(String::new());
        until(words, SOON, || {
            said = self.says(words);
            said.is_ok()
        });
        said.unwrap()
    }

    fn apply(&self, what: &str, api: &str) {
        fs::write(self.folder.join("applied.yaml"), what).unwrap();
        self.waits_for(&format!("apply -f applied.yaml --api {api}"));
    }

    /// What the workload is answered that asks a nameserver for a name.
    fn asks(&self, name: &'static str) -> (u8, Option<Ipv4Addr>) {
        let nameserver = self.machines.at(OTHER, 53).to_string();
        self.machines.within(MACHINE, move || over_udp(&nameserver, name))
    }
}

fn a_service_is_found_by_its_name() {
    is_found_by(|stage, cart| {
        fs::write(stage.folder.join("cart.yaml"), cart).unwrap();
        "--dataplane-file cart.yaml"
    });
}

fn also_by_a_proxy_that_its_control_plane_holds() {
    is_found_by(|stage, cart| {
        stage.apply(cart, ZONE);
        "--mesh shop --name cart-1"
    });
}

/// `brings`: how a launcher is told of this `Dataplane`.
fn is_found_by(brings: impl FnOnce(&Stage<'_>, &str) -> &'static str) {
    let Some(envoy) = std::env::var_os("STRAIT_ENVOY") else {
        eprintln!("SKIPPED: no Envoy");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage { machines: Machines::build(), folder: folder.path() };
    let (machines, other) = (&stage.machines, stage.machines.at(OTHER, 80).ip().to_string());
    machines.serve(OTHER, 80, "service");
    machines.serve(OTHER, 81, "elsewhere");
    machines.serve_names(OTHER);

    let _global = stage.start(OTHER, "global", "global run");
    stage.apply("type: Mesh\nname: shop\n", GLOBAL);
    let joins = stage.waits_for(&format!("zone token east --api {GLOBAL}"));
    let joins = joins.trim().strip_prefix("strait ").unwrap();
    let zone = format!("{joins} --api-listen {ZONE} --proxies-listen {other}:5678 --dns-address off");
    let _zone = stage.start(OTHER, "zone", &zone);
    until("the zone holds the mesh", SOON, || stage.says(&format!("get meshes --api {ZONE}")).is_ok_and(|all| all.contains("shop")));
    stage.apply(&SERVICE.replace("OTHER", &other), ZONE);
    fs::write(stage.folder.join("token"), stage.waits_for(&format!("token dataplane --mesh shop --api {GLOBAL}"))).unwrap();
    let cart = brings(&stage, &CART.replace("MACHINE", &machines.at(MACHINE, 0).ip().to_string()));

    // Before there is a proxy: nothing of its own may come back to it.
    machines.redirect(&["install", "--socket-mark", "5632"]);
    let launcher = format!(
        "proxy run --envoy {} --cp-address https://{other}:5678 --ca-cert-file strait-data/zone-east/ca.pem --dataplane-token-file token \
         {cart} --socket-mark 5632 --dns-upstream {other} --concurrency 1 --drain-time 0s",
        envoy.to_str().unwrap()
    );
    let launcher = stage.start(MACHINE, "launcher", &launcher);
    until("the launcher answers", SOON, || fs::read_to_string(&launcher.log).unwrap().contains("names are answered"));
    until("the service has a name", SOON, || stage.asks("stock.svc.mesh.local").1.is_some());
    let (code, address) = stage.asks("stock.svc.mesh.local");
    assert_eq!((code, address), (NO_ERROR, Some(Ipv4Addr::new(241, 0, 0, 0))));
    let at = SocketAddr::from((address.unwrap(), 80));
    until("the service is reached", SOON, || machines.connect(MACHINE, at, 0) == "service");
    assert_eq!(machines.connect(MACHINE, machines.at(OTHER, 81), 0), "elsewhere", "by way of the proxy, which knows nothing of it");
    assert_eq!(stage.asks("example.com"), (NO_ERROR, None), "the launcher asks a nameserver");
}
