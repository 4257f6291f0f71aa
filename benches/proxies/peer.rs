//! The same of Kuma, where somebody has its control plane: `--peer PATH` names `kuma-cp` of 2.14. It runs as users run it, with the intervals that it
//! comes with, stores in memory, and no authentication of proxies.
use super::{
    client::Acknowledged,
    control_plane::{Connection, free, processor, resident, until},
    edits::{OF_EACH, PROXIES, Took, ZONES, all, connect_to, edited, runtime},
    mesh,
    table::line,
};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
};
use strait_shell::tls::{Authority, Identity, trusting};
use tokio_rustls::TlsConnector;

/// Each takes seconds.
const EDITS: usize = 20;

/// What `--peer` names.
pub(crate) fn given() -> Option<PathBuf> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--peer");
    arguments.next()?;
    Some(arguments.next().expect("`--peer` wants the path of `kuma-cp`").into())
}

/// A control plane that runs. It is killed with the value.
struct Kuma {
    child: Child,
    api: String,
    proxies: String,
}

impl Drop for Kuma {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A global and zones.
struct Deployment {
    global: Kuma,
    zones: Vec<Kuma>,
    connector: TlsConnector,
}

impl Deployment {
    fn new(program: &Path, folder: &Path, zones: usize) -> Self {
        let authority = Authority::generate().unwrap();
        let identity = authority.certify(&["localhost".to_owned()]).unwrap();
        let kds = free();
        let port = kds.rsplit_once(':').unwrap().1;
        let started = |name: &str, own: &[(&str, &str)]| start(program, &folder.join(name), &identity, own);
        let global = started("global", &[("KUMA_MODE", "global"), ("KUMA_MULTIZONE_GLOBAL_KDS_GRPC_PORT", port)]);
        let address = format!("grpc://{kds}");
        let zone = |nth| {
            let name = format!("zone-{nth}");
            let place = [("KUMA_MULTIZONE_ZONE_NAME", name.as_str()), ("KUMA_MULTIZONE_ZONE_GLOBAL_ADDRESS", address.as_str())];
            started(&name, &[&[("KUMA_MODE", "zone")], &place[..]].concat())
        };
        let zones = (0..zones).map(zone).collect();
        Self { global, zones, connector: trusting(&authority.own.certificate).unwrap() }
    }

    /// A mesh with the policy, and in each zone its services.
    fn begin(&self, milliseconds: u32) {
        let mut api = Connection::to(&self.global.api);
        put(&mut api, "/meshes/default", &json!({"type": "Mesh", "name": "default", "meshServices": {"mode": "Exclusive"}}));
        edit(&mut api, milliseconds);
        for zone in &self.zones {
            let mut api = Connection::to(&zone.api);
            // It is called `edited-` and a digest there.
            until("the zone holds the policy", || mesh::total(&mut api, "/meshes/default/meshtimeouts?name=edited&size=1") == 1);
            for number in 0..mesh::SERVICES {
                let mut service = mesh::service(number);
                // Kuma's zones take nothing that does not say so.
                service["labels"] = json!({"kuma.io/origin": "zone"});
                put(&mut api, &format!("/meshes/default/meshservices/svc-{number}"), &service);
            }
        }
    }
}

/// One of its control planes, when it answers.
fn start(program: &Path, folder: &Path, identity: &Identity, own: &[(&str, &str)]) -> Kuma {
    fs::create_dir(folder).unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name)
    };
    let (certificate, key) = (file("cert.pem", &identity.certificate), file("key.pem", &identity.key));
    let (api, proxies) = (free(), free());
    let port = |address: &str| address.rsplit_once(':').unwrap().1.to_owned();
    let child = Command::new(program)
        .current_dir(folder)
        .args(["run", "--log-level", "off"])
        .env_clear()
        .envs(own.iter().copied())
        .env("HOME", folder)
        .env("KUMA_ENVIRONMENT", "universal")
        .env("KUMA_STORE_TYPE", "memory")
        .env("KUMA_REPORTS_ENABLED", "false")
        .env("KUMA_GENERAL_WORK_DIR", folder)
        .env("KUMA_GENERAL_TLS_CERT_FILE", &certificate)
        .env("KUMA_GENERAL_TLS_KEY_FILE", &key)
        .env("KUMA_DP_SERVER_TLS_CERT_FILE", &certificate)
        .env("KUMA_DP_SERVER_TLS_KEY_FILE", &key)
        .env("KUMA_DP_SERVER_AUTHN_DP_PROXY_TYPE", "none")
        .env("KUMA_DP_SERVER_PORT", port(&proxies))
        .env("KUMA_API_SERVER_HTTP_INTERFACE", "127.0.0.1")
        .env("KUMA_API_SERVER_HTTP_PORT", port(&api))
        .env("KUMA_API_SERVER_HTTPS_ENABLED", "false")
        .env("KUMA_DIAGNOSTICS_SERVER_PORT", port(&free()))
        .env("KUMA_INTER_CP_SERVER_PORT", port(&free()))
        .env("KUMA_MONITORING_ASSIGNMENT_SERVER_PORT", port(&free()))
        .env("KUMA_MULTIZONE_GLOBAL_KDS_TLS_ENABLED", "false")
        .stdin(Stdio::null())
        .stdout(File::create(folder.join("said")).unwrap())
        .stderr(File::create(folder.join("complained")).unwrap())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let mut kuma = Kuma { child, api, proxies };
    until("Kuma answers", || {
        if let Some(ended) = kuma.child.try_wait().unwrap() {
            panic!("{} ended ({ended}): {}", program.display(), fs::read_to_string(folder.join("complained")).unwrap());
        }
        Connection::try_to(&kuma.api).is_some_and(|mut api| api.ask("GET", "/meshes", "").0 == 200)
    });
    kuma
}

fn edit(api: &mut Connection, milliseconds: u32) {
    put(api, "/meshes/default/meshtimeouts/edited", &mesh::policy(milliseconds));
}

fn put(api: &mut Connection, path: &str, resource: &Value) {
    let (status, said) = api.ask("PUT", path, &resource.to_string());
    assert!(matches!(status, 200 | 201), "{path}: {status} {said}");
}

/// An edit on global, until its proxies have acknowledged it.
pub(crate) fn edits(program: &Path, folder: &Path) {
    let runtime = runtime();
    let kuma = Deployment::new(program, folder, ZONES);
    let milliseconds = 1000;
    kuma.begin(milliseconds);
    let (told, acknowledged) = mpsc::channel::<Acknowledged>();
    for (nth, zone) in kuma.zones.iter().enumerate() {
        connect_to(&runtime, &zone.proxies, &kuma.connector, nth * OF_EACH..(nth + 1) * OF_EACH, "", &told);
    }
    all(&acknowledged, PROXIES, milliseconds);
    let mut api = Connection::to(&kuma.global.api);
    let had = || (processor(kuma.global.child.id()), kuma.zones.iter().map(|zone| processor(zone.child.id())).sum::<f64>());
    let Took { each, last, processor: (of_global, of_zones), .. } =
        edited(EDITS, milliseconds, &acknowledged, |milliseconds| edit(&mut api, milliseconds), had);
    line("Kuma: an edit on global is acknowledged by a proxy, of 200 in 10 zones", each);
    line("Kuma: the same edit is acknowledged by the last of them", last);
    println!(
        "\nKuma, of the processor for each edit: {:.1} s by all control planes, {of_global:.1} s of it by global\n",
        of_global + of_zones
    );
    // Before the control planes end, which no proxy expects.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}

/// What each proxy takes in the memory of its zone's control plane.
pub(crate) fn memory(program: &Path, folder: &Path) {
    let runtime = runtime();
    let kuma = Deployment::new(program, folder, 1);
    let mut milliseconds = 1000;
    kuma.begin(milliseconds);
    let zone = &kuma.zones[0];
    let (told, acknowledged) = mpsc::channel::<Acknowledged>();
    let (without, _) = resident(zone.child.id());
    let began = processor(zone.child.id());
    connect_to(&runtime, &zone.proxies, &kuma.connector, 0..PROXIES, "", &told);
    all(&acknowledged, PROXIES, milliseconds);
    let (with, _) = resident(zone.child.id());
    let configured = processor(zone.child.id()) - began;
    let mut api = Connection::to(&kuma.global.api);
    for _ in 0..EDITS {
        milliseconds += 1;
        edit(&mut api, milliseconds);
        all(&acknowledged, PROXIES, milliseconds);
    }
    let (later, _) = resident(zone.child.id());
    let each = |resident: u64| (resident - without) as f64 / PROXIES as f64 / 1024.0;
    println!(
        "\nKuma, resident in a zone: {:.0} KiB for each of {PROXIES} proxies, {:.0} KiB after {EDITS} edits; {configured:.2} s of the processor until all \
         were configured\n",
        each(with),
        each(later),
    );
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}
