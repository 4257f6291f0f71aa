//! Workloads with their proxies: an application, `strait proxy run` with a real Envoy, and a redirection of all traffic, on a host of their own.
//! Ingresses: `strait ingress run`, on a host of its own.
//!
//! A proxy needs a dataplane token, which global issues once the mesh is there. So its first start waits for that on a thread of its own; later ones
//! find what was issued in its file, wherever global is by then. A launcher that gives up is started again, as a service manager would.
use super::{NetnsWorld, Programs, client, files::Folder, forwarders::PORT, host::without_settings, kept::Kept};
use crate::{
    HostId,
    cluster::{Cluster, NFT},
    lookup::Resolver,
};
use serde_json::json;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};
use strait_core::resource::to_json;
use strait_scenarios::{
    event::{NodeId, What},
    gateway::{Begins, PassesOn},
    ingress,
    workload::{Answer, Ask, AtWorkload, ProxyId, Workload},
    world::{Setup, World as _},
};

/// By this mark a redirection tells what Envoy sends: only one user may be there.
const SOCKET_MARK: &str = "5632";
/// Where global issues tokens, on its own host.
const TOKENS: &str = "http://127.0.0.1:5681/tokens";
/// The file in which it is kept.
const TOKEN: &str = "token";
/// How soon a token is asked for again.
const TOKEN_AGAIN: Duration = Duration::from_millis(200);
/// How soon a launcher that gave up is started again.
const LAUNCHED_AGAIN: Duration = Duration::from_secs(1);

/// The workloads of a world.
pub(super) struct Workloads {
    // Dropped before the network in which their processes are.
    all: Vec<Host>,
    told: (Sender<Told>, Receiver<Told>),
    kept: Kept,
    /// From where gateways are asked; `None`: there are none.
    outside: Option<HostId>,
}

/// A workload with its proxy, or an ingress.
struct Host {
    id: ProxyId,
    /// `None`: it is an ingress.
    workload: Option<Workload>,
    host: HostId,
    /// Where it goes when it moves, if it may.
    elsewhere: Option<HostId>,
    folder: Folder,
    life: u64,
    is_up: bool,
    application: Option<Running>,
    launcher: Option<Running>,
    launch_at: Option<Instant>,
    /// Ends the thread that waits for a token.
    waits: Arc<AtomicBool>,
}

/// What threads tell.
enum Told {
    Token { index: usize, life: u64, token: String },
    Answered { number: u64, from: ProxyId, answer: Answer },
}

/// A process. Dropped, it is killed.
pub(super) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.waits.store(false, Ordering::Release);
    }
}

impl Workloads {
    /// Those of a setup, each on a host; those that may move have another one.
    ///
    /// # Errors
    /// There are some, and what stands beside them is missing here.
    pub(super) fn new(
        setup: &Setup,
        hosts: Vec<(ProxyId, HostId, Option<HostId>)>,
        outside: Option<HostId>,
        programs: &Programs,
        folder: impl Fn(&str) -> Folder,
    ) -> Result<Self, String> {
        if !setup.proxies.is_empty() || !setup.ingresses.is_empty() || !setup.clusters.is_empty() {
            let envoy = &programs.envoy;
            if !runs(envoy) {
                let what = envoy.display();
                return Err(format!("{what} does not run, and there is an Envoy beside each workload: `--envoy` names one, 1.36 or later"));
            }
            if !NFT.iter().any(|nft| runs(Path::new(nft))) {
                return Err("there is no nft, which leads the traffic of workloads to their proxies: install nftables".to_owned());
            }
        }
        let host = |(id, host, elsewhere): (ProxyId, HostId, Option<HostId>)| Host {
            folder: folder(&format!("{}-{}", id.zone, id.name)),
            workload: setup.proxies.get(&id).cloned(),
            id,
            host,
            elsewhere,
            life: 0,
            is_up: false,
            application: None,
            launcher: None,
            launch_at: None,
            waits: Arc::default(),
        };
        Ok(Self { all: hosts.into_iter().map(host).collect(), told: channel(), kept: Kept::default(), outside })
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// A workload is gone, and so are the connections that it kept.
    pub(super) fn forget(&self, who: &ProxyId) {
        self.kept.forget(who);
    }

    pub(super) fn find(&self, who: &ProxyId) -> Option<usize> {
        self.all.iter().position(|host| host.id == *who)
    }
}

impl NetnsWorld {
    /// Starts a workload, and its proxy once it has a token.
    pub(super) fn start_workload(&mut self, index: usize) -> Result<(), String> {
        let global = self.hosts[&NodeId::Global].host;
        let host = &mut self.workloads.all[index];
        host.life += 1;
        if let Some(workload) = &host.workload {
            let mut application = Command::new(&self.programs.testbed);
            without_settings(&mut application);
            let port = workload.port.to_string();
            match &workload.gateway {
                None => {
                    application.args(["testbed", "workload", "--called", &host.id.to_string(), "--port", &port]);
                    application.args(["--protocol", &workload.protocol.to_string()]);
                }
                Some(PassesOn { to, port: on }) => {
                    _ = application.args(["testbed", "gateway", "--port", &port, "--to", &format!("{to}:{on}")])
                }
            }
            host.application = Some(spawn(self.network.namespace(host.host), application, &host.folder)?);
        }
        let life = host.life;
        host.is_up = true;
        let started = AtWorkload::Started(host.id.clone());
        if host.folder.data().join(TOKEN).exists() {
            host.launch_at = Some(Instant::now());
            self.at_workload(index, started);
            return Ok(());
        }
        host.waits = Arc::new(AtomicBool::new(true));
        let (waits, told) = (Arc::clone(&host.waits), self.workloads.told.0.clone());
        let (whose, wanted) = match &host.workload {
            Some(workload) => {
                let wanted = json!({"mesh": workload.mesh, "name": host.id.name, "workload": workload.service, "validFor": "24h"});
                ("dataplane", wanted)
            }
            None => ("zone", json!({"zone": host.id.zone, "scope": ["ingress"], "validFor": "24h"})),
        };
        let at = format!("{TOKENS}/{whose}");
        let wait = move || {
            let agent: ureq::Agent = ureq::Agent::config_builder()
                .timeout_global(Some(Duration::from_secs(5)))
                .http_status_as_error(false)
                .proxy(None)
                .build()
                .into();
            while waits.load(Ordering::Acquire) {
                let answer = agent.post(&at).send_json(&wanted);
                if let Ok(mut answer) = answer
                    && answer.status().is_success()
                    && let Ok(token) = answer.body_mut().read_to_string()
                {
                    let _ = told.send(Told::Token { index, life, token });
                    return;
                }
                thread::park_timeout(TOKEN_AGAIN);
            }
        };
        self.network
            .namespace(global)
            .run(move || thread::Builder::new().name("token".to_owned()).spawn(wait))
            .map_err(|error| error.to_string())?;
        self.at_workload(index, started);
        Ok(())
    }

    pub(super) fn end_workload(&mut self, index: usize) {
        let host = &mut self.workloads.all[index];
        if !std::mem::take(&mut host.is_up) {
            return;
        }
        host.waits.store(false, Ordering::Release);
        self.workloads.kept.forget(&host.id);
        (host.launcher, host.application, host.launch_at) = (None, None, None);
        let stopped = AtWorkload::Stopped(host.id.clone());
        self.at_workload(index, stopped);
    }

    /// Ends an ingress on its host, and starts it on its other one.
    pub(super) fn move_workload(&mut self, index: usize) -> Result<(), String> {
        self.end_workload(index);
        let host = &mut self.workloads.all[index];
        if let Some(elsewhere) = &mut host.elsewhere {
            std::mem::swap(&mut host.host, elsewhere);
        }
        self.start_workload(index)
    }

    /// A question, on a thread in the namespace of whoever asks.
    pub(super) fn begin_question(&mut self, number: u64, ask: &Ask) {
        if let Some(cluster) = self.clusters.of(&ask.from.zone) {
            let asker = cluster.asker(&ask.from);
            return self.begin_question_of_pod(number, ask, asker);
        }
        let Some(index) = self.workloads.find(&ask.from) else {
            return;
        };
        self.at_workload(index, AtWorkload::Asks { number, ask: ask.clone() });
        let (told, host) = (self.workloads.told.0.clone(), &self.workloads.all[index]);
        let from = host.id.clone();
        if let (Begins::Outside, Some(outside), Some(workload)) = (ask.begins, self.workloads.outside, &host.workload) {
            let (gateway, ask) = (SocketAddr::new(self.network.address(host.host).into(), workload.port), ask.clone());
            let work = move || _ = told.send(Told::Answered { number, from, answer: client::ask_gateway(gateway, &ask) });
            return self.on_a_thread_at(outside, work);
        }
        if !host.is_up {
            let answer = Answer::Failed("its own host is down".to_owned());
            let _ = told.send(Told::Answered { number, from, answer });
            return;
        }
        let (ask, kept) = (ask.clone(), self.workloads.kept.clone());
        let resolver = Resolver::default();
        let work = move || _ = told.send(Told::Answered { number, from, answer: client::ask(number, &ask, &resolver, &kept) });
        self.on_a_thread_at(host.host, work);
    }

    /// The same of a pod; `None`: none of those that are meant is there.
    fn begin_question_of_pod(&mut self, number: u64, ask: &Ask, asker: Option<(ProxyId, HostId)>) {
        let from = asker.as_ref().map_or(&ask.from, |(pod, _)| pod).clone();
        let ask = Ask { from: from.clone(), ..ask.clone() };
        self.at_proxy(&from, AtWorkload::Asks { number, ask: ask.clone() });
        let (told, kept) = (self.workloads.told.0.clone(), self.workloads.kept.clone());
        let Some((_, host)) = asker else {
            let answer = Answer::Failed("its own host is down".to_owned());
            let _ = told.send(Told::Answered { number, from, answer });
            return;
        };
        let namespace = from.name.as_str().rsplit_once('.').map_or("", |(_, namespace)| namespace);
        let resolver = Resolver::of_pod(Cluster::nameserver(), namespace);
        let work = move || _ = told.send(Told::Answered { number, from, answer: client::ask(number, &ask, &resolver, &kept) });
        self.on_a_thread_at(host, work);
    }

    fn on_a_thread_at(&self, host: HostId, work: impl FnOnce() + Send + 'static) {
        let spawned = self.network.namespace(host).run(move || thread::Builder::new().name("client".to_owned()).spawn(work));
        spawned.expect("a thread can be had for each question");
    }

    /// Takes over what threads told, and starts launchers that are due.
    pub(super) fn tend_workloads(&mut self) {
        while let Ok(told) = self.workloads.told.1.try_recv() {
            match told {
                Told::Token { index, life, token } => {
                    let host = &mut self.workloads.all[index];
                    if host.is_up && host.life == life {
                        write(&host.folder, TOKEN, &token);
                        host.launch_at = Some(Instant::now());
                    }
                }
                Told::Answered { number, from, answer } => {
                    self.at_proxy(&from, AtWorkload::Answered { number, answer });
                }
            }
        }
        for index in 0..self.workloads.count() {
            let host = &mut self.workloads.all[index];
            if host.launcher.as_mut().is_some_and(|launcher| matches!(launcher.0.try_wait(), Ok(Some(_)))) {
                (host.launcher, host.launch_at) = (None, Some(Instant::now() + LAUNCHED_AGAIN));
            }
            if host.launch_at.is_some_and(|at| at <= Instant::now()) {
                host.launch_at = None;
                self.launch(index).unwrap_or_else(|why| panic!("the proxy of {} cannot be started: {why}", self.workloads.all[index].id));
            }
        }
    }

    fn launch(&mut self, index: usize) -> Result<(), String> {
        let host = &self.workloads.all[index];
        let control_plane = &self.hosts[&NodeId::Zone(host.id.zone.clone())];
        let forwarders = self.forwarders.before(&host.id.zone, &self.network);
        // What is reached through others has a certificate that says so, which it does not make itself.
        let authority = if forwarders.is_empty() { control_plane.folder.data().join("ca.pem") } else { self.files.path("ca.pem") };
        let addresses = if forwarders.is_empty() { vec![self.network.address(control_plane.host)] } else { forwarders };
        if !authority.exists() {
            // Its control plane has not made it yet.
            self.workloads.all[index].launch_at = Some(Instant::now() + TOKEN_AGAIN);
            return Ok(());
        }
        let (namespace, address) = (self.network.namespace(host.host), self.network.address(host.host));
        let token = host.folder.data().join(TOKEN);
        let mut launcher = Command::new(&self.programs.nodes);
        without_settings(&mut launcher);
        match &host.workload {
            Some(workload) => {
                let mut redirect = Command::new(&self.programs.nodes);
                without_settings(&mut redirect);
                redirect.args(["proxy", "redirect", "install", "--socket-mark", SOCKET_MARK]);
                if workload.gateway.is_some() {
                    // What comes from outside is for the gateway itself.
                    redirect.args(["--exclude-inbound-ports", &workload.port.to_string()]);
                }
                let redirected = spawn(namespace, redirect, &host.folder)?.wait()?;
                if !redirected {
                    return Err(format!("its traffic cannot be redirected: {}", host.folder.last_words()));
                }
                let dataplane = to_json(&workload.dataplane(&host.id.name, address.into())).to_string();
                let file = write(&host.folder, "dataplane.yaml", &dataplane);
                launcher.args(["proxy", "run", "--socket-mark", SOCKET_MARK]).arg("--dataplane-file").arg(file);
                launcher.arg("--dataplane-token-file").arg(token);
            }
            None => {
                launcher.args(["ingress", "run", "--name", host.id.name.as_str(), "--address", &address.to_string()]);
                launcher.args(["--port", &ingress::PORT.to_string()]).arg("--token-file").arg(token);
            }
        }
        launcher.args(["--concurrency", "1", "--drain-time", "1s"]);
        let addresses: Vec<String> = addresses.iter().map(|address| format!("https://{address}:{PORT}")).collect();
        launcher.args(["--cp-address", &addresses.join(",")]);
        launcher.arg("--ca-cert-file").arg(authority);
        launcher.arg("--data-dir").arg(host.folder.data().join("proxy"));
        launcher.arg("--envoy").arg(&self.programs.envoy);
        let launcher = spawn(namespace, launcher, &host.folder)?;
        self.workloads.all[index].launcher = Some(launcher);
        Ok(())
    }

    fn at_workload(&mut self, index: usize, at: AtWorkload) {
        let who = self.workloads.all[index].id.clone();
        self.at_proxy(&who, at);
    }

    fn at_proxy(&mut self, who: &ProxyId, at: AtWorkload) {
        self.happened(self.now(), NodeId::Zone(who.zone.clone()), None, What::Workload(at));
    }
}

/// Whether there is such a program.
fn runs(program: &Path) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

impl Running {
    /// Waits until it ends, and says whether that was well.
    fn wait(mut self) -> Result<bool, String> {
        self.0.wait().map(|status| status.success()).map_err(|error| error.to_string())
    }
}

pub(super) fn spawn(namespace: &crate::Namespace, mut command: Command, folder: &Folder) -> Result<Running, String> {
    let program = command.get_program().to_os_string();
    let log = || folder.log().map_err(|error| error.to_string());
    command.stdin(Stdio::null()).stdout(log()?).stderr(log()?);
    let spawned = namespace.run(move || command.spawn());
    spawned.map(Running).map_err(|error| format!("{}: {error}", program.display()))
}

/// Writes a file for a proxy, and says which.
fn write(folder: &Folder, name: &str, text: &str) -> PathBuf {
    let file = folder.data().join(name);
    let written = fs::create_dir_all(folder.data()).and_then(|()| fs::write(&file, text));
    written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    file
}
