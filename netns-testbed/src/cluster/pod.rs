//! The pods of a cluster that are there: each has the network of a host, and its containers are processes there.
use super::{Place, enter::Described, names::DOMAIN, probe::Probing};
use crate::{HostId, Network};
use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    net::Ipv4Addr,
    os::unix::process::{CommandExt as _, ExitStatusExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
};
use strait_scenarios::kubernetes::kubelet::{Became, Container, PodId};

/// The image of workloads; another one is that of Strait itself.
const WORKLOAD: &str = "strait-workload";
/// As many as a machine with one user can tell apart: by this mark, redirections know what proxies send.
const SOCKET_MARK: &str = "5632";
/// How a container ended that never began, as runtimes say it.
const NEVER_BEGAN: i32 = 128;

/// The processes of all pods of a cluster.
pub(super) struct Pods {
    place: Place,
    nameserver: Ipv4Addr,
    all: BTreeMap<PodId, Pod>,
    probed: (Sender<Probed>, Receiver<Probed>),
    begun: u64,
}

/// What a probe says of the container that was begun as the nth.
type Probed = (PodId, String, u64, bool);

/// What became of a container.
pub(super) type Report = (PodId, String, Became);

struct Pod {
    host: HostId,
    containers: BTreeMap<String, Process>,
}

struct Process {
    child: Child,
    /// Which of all that were begun.
    nth: u64,
    _probing: Option<Probing>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        end(&self.child, true);
        let _ = self.child.wait();
    }
}

impl Pods {
    pub(super) fn new(place: Place, nameserver: Ipv4Addr) -> Self {
        Self { place, nameserver, all: BTreeMap::new(), probed: channel(), begun: 0 }
    }

    /// Has a container run, and says what became of it.
    pub(super) fn run(&mut self, network: &Network, pod: &PodId, address: Ipv4Addr, container: &Container) -> Became {
        let Some(host) = self.place.pods.iter().copied().find(|host| network.address(*host) == address) else {
            return Became::Exited { code: NEVER_BEGAN };
        };
        self.begun += 1;
        match self.start(network, (pod, host, address), container) {
            Ok(process) => {
                let there = self.all.entry(pod.clone()).or_insert_with(|| Pod { host, containers: BTreeMap::new() });
                there.containers.insert(container.name.clone(), process);
                Became::Running
            }
            Err(why) => {
                let _ = fs::write(self.folder(pod, &container.name).join("log"), format!("{why}\n"));
                Became::Exited { code: NEVER_BEGAN }
            }
        }
    }

    fn start(&self, network: &Network, (pod, host, address): (&PodId, HostId, Ipv4Addr), container: &Container) -> Result<Process, String> {
        let folder = self.folder(pod, &container.name);
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let described = self.described(pod, &folder, container);
        let file = folder.join("container.json");
        let text = serde_json::to_vec(&described).map_err(|error| error.to_string())?;
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
        let log = || OpenOptions::new().create(true).append(true).open(folder.join("log")).map_err(|error| error.to_string());
        let mut command = Command::new(&self.place.testbed);
        command.args(["testbed", "container"]).arg(file).env_clear();
        // With all that it starts it ends at once, when it is ended at once.
        command.process_group(0).stdin(Stdio::null()).stdout(log()?).stderr(log()?);
        let child = network.namespace(host).run(move || command.spawn()).map_err(|error| error.to_string())?;
        let mut process = Process { child, nth: self.begun, _probing: None };
        if let Some(probe) = container.readiness.clone() {
            let (tell, pod, name, nth) = (self.probed.0.clone(), pod.clone(), container.name.clone(), self.begun);
            let tell = move |ready| _ = tell.send((pod.clone(), name.clone(), nth, ready));
            let probing = network.namespace(self.place.node).run(move || Probing::begin(probe, address, tell));
            process._probing = Some(probing.map_err(|error| error.to_string())?);
        }
        Ok(process)
    }

    fn described(&self, pod: &PodId, folder: &Path, container: &Container) -> Described {
        let (program, mut arguments) = match container.command.split_first() {
            Some((program, more)) => (PathBuf::from(program), more.to_vec()),
            None if container.image == WORKLOAD => {
                let called = format!("{}/{}.{}", self.place.zone, pod.name, pod.namespace);
                (self.place.testbed.clone(), vec!["testbed".to_owned(), "workload".to_owned(), "--called".to_owned(), called])
            }
            None => (self.place.strait.clone(), Vec::new()),
        };
        arguments.extend(container.args.iter().cloned());
        // What an image says of its own programs.
        let mut environment = vec![("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned())];
        if container.image != WORKLOAD {
            let envoy = self.place.envoy.to_string_lossy().into_owned();
            let own = [("ENVOY", envoy), ("SOCKET_MARK", SOCKET_MARK.to_owned()), ("CONCURRENCY", "1".to_owned())];
            environment.extend(own.map(|(name, value)| (format!("STRAIT_PROXY_{name}"), value)));
        }
        environment.extend(container.env.iter().cloned());
        let volumes = self.folder(pod, "volumes");
        Described {
            program,
            arguments,
            environment,
            folder: folder.join(format!("life-{}", self.begun)),
            files: container.files.iter().map(|(path, content)| (PathBuf::from(path), content.clone())).collect(),
            shared: container.folders.iter().map(|(path, volume)| (PathBuf::from(path), volumes.join(volume))).collect(),
            replaced: vec![(PathBuf::from("/etc/resolv.conf"), self.resolver(pod).into_bytes())],
        }
    }

    /// How programs of a pod ask for names.
    fn resolver(&self, pod: &PodId) -> String {
        let search = search(&pod.namespace).join(" ");
        format!("search {search}\nnameserver {}\noptions ndots:{NDOTS}\n", self.nameserver)
    }

    fn folder(&self, pod: &PodId, what: &str) -> PathBuf {
        self.place.folder.join(format!("{}-{}-{}", pod.namespace, pod.name, pod.uid)).join(what)
    }

    /// Asks a container to end, or ends it at once.
    pub(super) fn stop(&self, pod: &PodId, container: &str, at_once: bool) {
        if let Some(process) = self.all.get(pod).and_then(|pod| pod.containers.get(container)) {
            end(&process.child, at_once);
        }
    }

    /// Nothing of a pod is needed any more: whoever comes next finds another network with that address.
    pub(super) fn remove(&mut self, network: &mut Network, pod: &PodId) -> Result<(), String> {
        let Some(gone) = self.all.remove(pod) else { return Ok(()) };
        let host = gone.host;
        drop(gone);
        network.renew(host).map_err(|error| error.to_string())
    }

    /// What became of containers since.
    pub(super) fn reports(&mut self) -> Vec<Report> {
        let all = &self.all;
        // One that has been started anew since has a probe of its own.
        let is_of = |(pod, name, nth, _): &Probed| all.get(pod).and_then(|pod| pod.containers.get(name)).is_some_and(|one| one.nth == *nth);
        let probed = self.probed.1.try_iter().filter(is_of);
        let mut reports: Vec<Report> = probed.map(|(pod, name, _, ready)| (pod, name, Became::Ready(ready))).collect();
        for (id, pod) in &mut self.all {
            let ended = pod.containers.iter_mut().filter_map(|(name, process)| {
                let status = process.child.try_wait().ok()??;
                let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
                Some((name.clone(), code))
            });
            for (name, code) in ended.collect::<Vec<_>>() {
                pod.containers.remove(&name);
                reports.push((id.clone(), name, Became::Exited { code }));
            }
        }
        reports
    }

    /// Where a pod is.
    pub(super) fn host(&self, pod: &PodId) -> Option<HostId> {
        self.all.get(pod).map(|pod| pod.host)
    }
}

/// Names of a cluster have at least so many dots before they are asked for as they are.
pub(crate) const NDOTS: usize = 5;

/// Where programs of a namespace look for names.
pub(crate) fn search(namespace: &str) -> [String; 3] {
    [format!("{namespace}.svc.{DOMAIN}"), format!("svc.{DOMAIN}"), DOMAIN.to_owned()]
}

fn end(child: &Child, at_once: bool) {
    let Ok(id) = i32::try_from(child.id()) else { return };
    // It may have ended by itself.
    let _ = if at_once { killpg(Pid::from_raw(id), Signal::SIGKILL) } else { kill(Pid::from_raw(id), Signal::SIGTERM) };
}
