//! A host with one control plane on it: what it runs, and what is wrong with it.
use super::{
    desk::Desk,
    files::{Files, Folder},
    process::{Process, ProcessId},
    programs::Programs,
    reader::Part,
};
use crate::{HostId, SiteId};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::Ipv4Addr,
    path::Path,
    process::Command,
    time::Instant,
};
use strait_core::{
    Durable, Lsn,
    node::{Change, Operation, Ticket},
    resource::Key,
    sync::Dialect,
    time::Wall,
};
use strait_scenarios::{
    event::{DiskProvenance, NodeId},
    features::Feature,
    limits::Limits,
};
use strait_shell::testbed::{DiskFault, Faults, HostClock};

/// How many sessions a process may have before its numbers run into those of the next.
const SESSIONS_PER_START: u64 = 1_000_000;

/// A host.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) id: NodeId,
    pub(super) site: SiteId,
    pub(super) host: HostId,
    pub(super) folder: Folder,
    pub(super) build: Build,
    pub(super) process: Option<Process>,
    /// Whose words count as its own: until it has said that it ends.
    pub(super) running: Option<ProcessId>,
    /// Whether that has come to life, or said why not.
    pub(super) has_started: bool,
    /// Its store failed and can be read again; the node that is brought back from it follows.
    pub(super) store_failed: bool,
    /// The last batch that it has reported as durable.
    pub(super) synced: Lsn,
    /// How the process calls what it was asked, until it has answered.
    pub(super) tickets: BTreeMap<Ticket, Ticket>,
    /// There once its process takes steps.
    pub(super) desk: Option<Desk>,
    /// What its process was asked and has not been seen to take, in order.
    pub(super) asked: VecDeque<(Ticket, Asked)>,
    pub(super) is_paused: bool,
    pub(super) is_dark: bool,
    /// When a process that its disk gave nothing is started again.
    pub(super) retry_at: Option<Instant>,
    /// How many times its process was told what is to be wrong, and has not said that it heard.
    pub(super) unheard: u64,
    pub(super) clock: HostClock,
    pub(super) disk: DiskFault,
    pub(super) unreadable: BTreeSet<Key>,
    pub(super) provenance: DiskProvenance,
    /// What its disk held when its last process was gone, as read by the testbed.
    pub(super) image: Option<Durable>,
    pub(super) starts: u64,
}

/// What is to run on a host.
#[derive(Clone, Debug)]
pub(super) struct Build {
    pub(super) dialect: Dialect,
    pub(super) limits: Limits,
    pub(super) sabotage: Option<String>,
    pub(super) is_too_old: bool,
    /// What it does not understand.
    pub(super) lacks: BTreeSet<Feature>,
    /// What the first build did not.
    pub(super) lacked: BTreeSet<Feature>,
}

/// What a process was asked.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Edit(Vec<Change>),
    Operate(Operation),
}

impl Build {
    /// Whether only a testbed's build can be that: the model of a Kuma, or something that is wrong.
    fn is_of_a_testbed(&self) -> bool {
        self.dialect == Dialect::Kuma
            || self.sabotage.is_some()
            || self.is_too_old
            || !self.lacks.is_empty()
            || self.limits != Limits::default()
    }
}

impl Host {
    pub(super) fn new(id: NodeId, (site, host): (SiteId, HostId), folder: Folder, build: Build, wall: Wall) -> Self {
        Self {
            id,
            site,
            host,
            folder,
            build,
            process: None,
            running: None,
            has_started: false,
            store_failed: false,
            synced: Lsn(0),
            tickets: BTreeMap::new(),
            desk: None,
            asked: VecDeque::new(),
            is_paused: false,
            is_dark: false,
            retry_at: None,
            unheard: 0,
            clock: HostClock::right(wall),
            disk: DiskFault::None,
            unreadable: BTreeSet::new(),
            provenance: DiskProvenance::Own,
            image: None,
            starts: 0,
        }
    }

    pub(super) fn part(&self) -> Part {
        if self.id == NodeId::Global { Part::Global } else { Part::Zone }
    }

    /// What is wrong with it now.
    pub(super) fn faults(&self, began_ns: u64) -> Faults {
        let first_session = self.starts * SESSIONS_PER_START + 1;
        Faults { began_ns, first_session, clock: self.clock, disk: self.disk, unreadable: self.unreadable.clone() }
    }

    /// The command that starts its process.
    pub(super) fn command(
        &self,
        programs: &Programs,
        files: &Files,
        (global, own): (Ipv4Addr, Ipv4Addr),
        forwarders: &[Ipv4Addr],
        kubeconfig: Option<&Path>,
        began_ns: u64,
    ) -> Result<Command, String> {
        let is_of_a_testbed = self.build.is_of_a_testbed();
        let mut command = Command::new(if is_of_a_testbed { &programs.testbed } else { &programs.nodes });
        without_settings(&mut command);
        let part = self.id.zone().map_or("global", |_| "zone");
        if is_of_a_testbed {
            command.args(["testbed", part]).arg("--speaks").arg(self.build.dialect.to_string());
            command.arg("--remembered-removals").arg(self.build.limits.remembered_removals.to_string());
            command.arg("--snapshots").arg(self.build.limits.snapshots.to_string());
            command.arg("--vips").arg(self.build.limits.vips.to_string());
            for lacks in &self.build.lacks {
                command.arg("--lacks").arg(lacks.to_string());
            }
            if let Some(sabotage) = &self.build.sabotage {
                command.arg("--sabotage").arg(sabotage);
            }
        } else {
            command.args([part, "run"]);
        }
        match self.id.zone() {
            None => {
                command.arg("--kds-address").arg(format!("{global}:5685"));
                command.arg("--kds-tls-cert-file").arg(files.path("global.pem"));
                command.arg("--kds-tls-key-file").arg(files.path("global.key"));
                command.arg("--kds-tls-ca-file").arg(files.path("ca.pem"));
                command.arg("--kds-zone-token-key-file").arg(files.path("zone-token.pem"));
            }
            Some(zone) => {
                command.arg("--name").arg(zone.as_str());
                command.arg("--global-address").arg(format!("grpcs://{global}:5685"));
                command.arg("--global-ca-file").arg(files.path("ca.pem"));
                command.arg("--proxies-address").arg(format!("{own}:5678"));
                if !forwarders.is_empty() {
                    let (certificate, key) = files.certify(zone, forwarders)?;
                    command.arg("--proxies-tls-cert-file").arg(certificate).arg("--proxies-tls-key-file").arg(key);
                    command.arg("--proxies-tls-ca-file").arg(files.path("ca.pem"));
                }
                if let Some(kubeconfig) = kubeconfig {
                    command.args(["--environment", "kubernetes", "--kubeconfig"]).arg(kubeconfig);
                }
                if self.build.dialect == Dialect::Strait {
                    command.arg("--global-token-file").arg(files.token(zone)?);
                }
            }
        }
        let wants = serde_json::to_string(&self.faults(began_ns)).map_err(|error| error.to_string())?;
        command.arg("--data-dir").arg(self.folder.data()).arg("--testbed").arg(wants);
        Ok(command)
    }
}

/// What the user has in the environment is meant for control planes of the user's.
pub(super) fn without_settings(command: &mut Command) {
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("STRAIT_")).for_each(|name| {
        command.env_remove(name);
    });
}
