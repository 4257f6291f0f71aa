//! What runs: control planes and launchers, each as a process of its own, as users start them.
use super::until;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

/// What is started, and where it keeps what it has.
pub(super) struct Processes<'a> {
    folder: &'a Path,
    envoy: &'a Path,
}

/// What a control plane listens on: what it calls that when it has begun, and the flag that says where.
type Listens = [(&'static str, &'static str)];

const OF_GLOBAL: &Listens = &[("api", "--api-listen"), ("kds", "--kds-listen")];
const OF_ZONE: &Listens = &[("api", "--api-listen"), ("dns", "--dns-address"), ("proxies", "--proxies-listen")];

/// A process. It is killed with the value.
pub(super) struct Running {
    child: Child,
    log: PathBuf,
    /// Where it listens, by what it calls that.
    at: BTreeMap<&'static str, String>,
}

/// A control plane that was killed, and what it takes to start it again.
pub(super) struct Killed {
    at: BTreeMap<&'static str, String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Where its API is.
    pub(super) fn api(&self) -> &str {
        self.listens("api")
    }

    /// Where a zone answers questions of DNS.
    pub(super) fn dns(&self) -> &str {
        self.listens("dns")
    }

    fn listens(&self, what: &str) -> &str {
        self.at.get(what).map_or("nowhere", String::as_str)
    }

    /// kill -9.
    pub(super) fn kill(mut self) -> Killed {
        Killed { at: std::mem::take(&mut self.at) }
    }

    /// What it says of itself when it has begun.
    fn begun(&self, field: &str) -> Option<String> {
        let log = fs::read_to_string(&self.log).ok()?;
        let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        lines.into_iter().find_map(|line| Some(line[field].as_str()?.to_owned()))
    }
}

impl<'a> Processes<'a> {
    pub(super) fn new(folder: &'a Path, envoy: &'a Path) -> Self {
        Self { folder, envoy }
    }

    pub(super) fn global(&self) -> Result<Running, String> {
        let running = self.control_plane("global", OF_GLOBAL, &BTreeMap::new(), &["global", "run"])?;
        let token = || self.says(&["zone", "token", "east", "--api", running.api()]).is_ok();
        until("global has a key to sign with", token)?;
        Ok(running)
    }

    pub(super) fn zone(&self, global: &Running) -> Result<Running, String> {
        self.zone_at(&BTreeMap::new(), global)
    }

    /// The same ones again, where those who know them look for them.
    pub(super) fn again(&self, global: &Killed, zone: &Killed) -> Result<(Running, Running), String> {
        let global = self.control_plane("global", OF_GLOBAL, &global.at, &["global", "run"])?;
        let zone = self.zone_at(&zone.at, &global)?;
        Ok((global, zone))
    }

    fn zone_at(&self, at: &BTreeMap<&'static str, String>, global: &Running) -> Result<Running, String> {
        let line = self.says(&["zone", "token", "east", "--api", global.api()])?;
        let words: Vec<&str> = line.split_whitespace().skip(1).chain(["--dns-mesh", "shop"]).collect();
        self.control_plane("zone", OF_ZONE, at, &words)
    }

    /// One that listens at these addresses; where there is none, on a port that the system chooses.
    fn control_plane(&self, name: &str, listens: &Listens, at: &BTreeMap<&'static str, String>, words: &[&str]) -> Result<Running, String> {
        let addresses = listens.iter().flat_map(|(what, flag)| [*flag, at.get(what).map_or("127.0.0.1:0", String::as_str)]);
        let words: Vec<&str> = words.iter().copied().chain(addresses).chain(["--log-format", "json"]).collect();
        let mut running = self.start(name, &words)?;
        until(&format!("{name} has begun (its log: {})", running.log.display()), || running.begun("api").is_some())?;
        running.at = listens.iter().filter_map(|(what, _)| Some((*what, running.begun(what)?))).collect();
        Ok(running)
    }

    /// A launcher with its Envoy, and a token of its own.
    pub(super) fn proxy(&self, mesh: &str, name: &str, networking: &str, global: &Running, zone: &Running) -> Result<Running, String> {
        let (file, token) = (format!("{mesh}-{name}.yaml"), format!("{mesh}-{name}.token"));
        let dataplane =
            format!("type: Dataplane\nmesh: {mesh}\nname: {name}\nlabels: {{kuma.io/workload: {name}}}\nnetworking: {networking}\n");
        self.write(&file, &dataplane)?;
        self.write(
            &token,
            &self.says(&["token", "dataplane", "--mesh", mesh, "--name", name, "--workload", name, "--api", global.api()])?,
        )?;
        let envoy = self.envoy.to_str().ok_or("the path of Envoy is not text")?;
        let address = format!("https://{}", zone.listens("proxies"));
        let arguments = [
            ["proxy", "run"],
            ["--cp-address", &address],
            ["--ca-cert-file", "strait-data/zone-east/ca.pem"],
            ["--dataplane-file", &file],
            ["--dataplane-token-file", &token],
            ["--envoy", envoy],
            ["--concurrency", "1"],
            ["--drain-time", "1s"],
        ];
        self.start(&format!("{mesh}-{name}"), arguments.as_flattened())
    }

    pub(super) fn apply(&self, what: &str, to: &Running) -> Result<(), String> {
        self.write("applied.yaml", what)?;
        self.says(&["apply", "-f", "applied.yaml", "--api", to.api()]).map(drop)
    }

    pub(super) fn delete(&self, kind: &str, name: &str, from: &Running) -> Result<(), String> {
        self.says(&["delete", kind, name, "--mesh", "shop", "--api", from.api()]).map(drop)
    }

    pub(super) fn get(&self, what: &[&str], from: &Running) -> Result<String, String> {
        self.says(&[&["get"], what, &["--api", from.api()]].concat())
    }

    pub(super) fn status(&self, of: &Running) -> Result<String, String> {
        self.says(&["status", "--api", of.api()])
    }

    fn write(&self, file: &str, what: &str) -> Result<(), String> {
        fs::write(self.folder.join(file), what).map_err(|error| format!("{file}: {error}"))
    }

    fn command(&self, arguments: &[&str]) -> Result<Command, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(own);
        command.current_dir(self.folder).args(arguments).stdin(Stdio::null());
        Ok(command)
    }

    /// What a command prints; it must succeed.
    fn says(&self, arguments: &[&str]) -> Result<String, String> {
        let Output { status, stdout, stderr } = self.command(arguments)?.output().map_err(|error| error.to_string())?;
        if status.success() {
            return Ok(String::from_utf8_lossy(&stdout).into_owned());
        }
        Err(format!("strait {}: {}", arguments.join(" "), String::from_utf8_lossy(&stderr).trim()))
    }

    fn start(&self, name: &str, arguments: &[&str]) -> Result<Running, String> {
        let log = self.folder.join(format!("{name}.log"));
        let file = File::create(&log).map_err(|error| error.to_string())?;
        let same = file.try_clone().map_err(|error| error.to_string())?;
        let child = self.command(arguments)?.stdout(file).stderr(same).spawn().map_err(|error| error.to_string())?;
        Ok(Running { child, log, at: BTreeMap::new() })
    }
}

/// Until something is asked again.
#[expect(clippy::disallowed_methods, reason = "a person watches, and what is shown is how soon something is so")]
pub(super) fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}
