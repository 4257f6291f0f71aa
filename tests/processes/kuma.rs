//! Kuma's own programs, where somebody has them: `STRAIT_KUMA_CP` and `STRAIT_KUMA_DP` name `kuma-cp` and `kuma-dp` of 2.14.
use crate::{
    cast::{answer, http, until},
    workloads::free,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A program of Kuma's that runs. It is killed with the value.
pub(crate) struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A control plane with the settings that it comes with, but for the ports. What it has is gone with it.
pub(crate) struct Kuma {
    _program: Program,
    folder: PathBuf,
    pub(crate) api: String,
    pub(crate) proxies: u16,
}

fn named(variable: &str) -> PathBuf {
    std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} is to name a program of Kuma 2.14")).into()
}

fn spawn(program: &Path, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Program {
    fs::create_dir_all(folder).unwrap();
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).env_clear().env("HOME", folder).env("PATH", "/usr/bin:/bin");
    command.envs(environment.iter().copied()).stdin(Stdio::null());
    command.stdout(File::create(folder.join("said")).unwrap()).stderr(File::create(folder.join("complained")).unwrap());
    Program(command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display())))
}

impl Kuma {
    pub(crate) fn global(folder: &Path, kds: u16) -> Self {
        Self::start(folder, &[("KUMA_MODE", "global"), ("KUMA_MULTIZONE_GLOBAL_KDS_GRPC_PORT", &kds.to_string())])
    }

    /// One that knows nothing, in the place of another, by whose certificate zones know it.
    pub(crate) fn global_in_place_of(before: Self, folder: &Path, kds: u16) -> Self {
        let (certificate, key) = (before.authority(), before.folder.join("kuma-cp.key"));
        drop(before);
        let own = [
            ("KUMA_MODE", "global"),
            ("KUMA_MULTIZONE_GLOBAL_KDS_GRPC_PORT", &kds.to_string()),
            ("KUMA_GENERAL_TLS_CERT_FILE", certificate.to_str().unwrap()),
            ("KUMA_GENERAL_TLS_KEY_FILE", key.to_str().unwrap()),
        ];
        Self::start(folder, &own)
    }

    /// A zone that believes whatever global there is.
    pub(crate) fn zone(folder: &Path, name: &str, global: &str) -> Self {
        let address = format!("grpcs://{global}");
        let own = [
            ("KUMA_MODE", "zone"),
            ("KUMA_MULTIZONE_ZONE_NAME", name),
            ("KUMA_MULTIZONE_ZONE_GLOBAL_ADDRESS", &address),
            ("KUMA_MULTIZONE_ZONE_KDS_TLS_SKIP_VERIFY", "true"),
        ];
        Self::start(folder, &own)
    }

    fn start(folder: &Path, own: &[(&str, &str)]) -> Self {
        let (api, proxies) = (free(), free());
        let ports = [
            ("KUMA_API_SERVER_HTTP_PORT", api),
            ("KUMA_DP_SERVER_PORT", proxies),
            ("KUMA_DIAGNOSTICS_SERVER_PORT", free()),
            ("KUMA_INTER_CP_SERVER_PORT", free()),
            ("KUMA_MONITORING_ASSIGNMENT_SERVER_PORT", free()),
        ]
        .map(|(name, port)| (name, port.to_string()));
        let common = [
            ("KUMA_ENVIRONMENT", "universal"),
            ("KUMA_STORE_TYPE", "memory"),
            ("KUMA_REPORTS_ENABLED", "false"),
            ("KUMA_GENERAL_WORK_DIR", folder.to_str().unwrap()),
            ("KUMA_API_SERVER_HTTP_INTERFACE", "127.0.0.1"),
            ("KUMA_API_SERVER_HTTPS_ENABLED", "false"),
            ("KUMA_DP_SERVER_AUTHN_DP_PROXY_TYPE", "none"),
            ("KUMA_DP_SERVER_AUTHN_ZONE_PROXY_TYPE", "none"),
        ];
        let ports: Vec<(&str, &str)> = ports.iter().map(|(name, port)| (*name, port.as_str())).collect();
        let program = spawn(&named("STRAIT_KUMA_CP"), folder, &["run"], &[own, &ports[..], &common[..]].concat());
        let kuma = Self { _program: program, folder: folder.to_owned(), api: format!("127.0.0.1:{api}"), proxies };
        until("Kuma answers", || kuma.get("/meshes").is_some());
        kuma
    }

    /// The certificate that it made itself.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.join("kuma-cp.crt")
    }

    /// What it answers there, if it is something.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let whole = http(&self.api, path);
        whole.starts_with("HTTP/1.1 200").then_some(whole)
    }

    pub(crate) fn put(&self, path: &str, resource: &serde_json::Value) {
        let (status, said) = answer(&self.api, "PUT", path, &resource.to_string());
        assert!(matches!(status, 200 | 201), "{path}: {status} {said}");
    }

    /// A proxy of this zone, or its ingress: what `kind` says.
    pub(crate) fn launches(&self, name: &str, kind: &str, resource: &str, envoy: &str) -> Program {
        let at = format!("localhost:{}", self.proxies);
        launch(&self.folder.join(name), (&at, &self.authority()), &[&format!("--proxy-type={kind}")], resource, envoy)
    }
}

/// `kuma-dp` at a zone, whoever's: where it serves proxies, and who vouches for it.
pub(crate) fn launch(folder: &Path, zone: (&str, &Path), own: &[&str], resource: &str, envoy: &str) -> Program {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("resource.yaml"), resource).unwrap();
    let (at, ready) = (format!("--cp-address=https://{}", zone.0), free().to_string());
    let (authority, envoy) = (format!("--ca-cert-file={}", zone.1.display()), format!("--binary-path={envoy}"));
    let common = ["run", &at, &authority, &envoy, "--dataplane-file=resource.yaml", "--dns-enabled=false", "--config-dir=."];
    spawn(&named("STRAIT_KUMA_DP"), folder, &[&common, own].concat(), &[("KUMA_READINESS_PORT", &ready)])
}
