//! A host: its disk, and how a control plane is started on it.
use super::{
    clock::{SkewedClocks, WorldTime},
    cluster_api::ClusterApi,
    following::Following,
    network::{Dialler, Network},
    port::{PORT, Port},
    witness::{Queue, Witness},
};
use crate::{
    build::Build,
    clock,
    disk::{Disk, DiskStore},
    refusals::Refusals,
};
use ::turmoil::net::TcpListener;
use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use strait_core::{
    Durable, Node as _, Out, RecoverError, Seed,
    node::{Environment, GlobalInput, ZoneInput},
    resource::ZoneName,
    sync::Dialect,
    time::{Mono, Now},
};
use strait_scenarios::{
    event::{DiskProvenance, Emits, NodeId, What},
    limits::Limits,
    world::StoreKind,
};
use strait_shell::{
    drive::{Ended, MAILBOX, RECOVER_AFTER, drive, keep},
    kds::{Client, ClientConfig, Everyone, Server, ServerConfig},
    store::{Store as _, StoreError},
    testbed::HostClock,
};
use tokio::{
    sync::{mpsc, watch},
    task::spawn_local,
    time::sleep,
};

/// How many sessions a process may have before its numbers run into those of the next.
const SESSIONS_PER_START: u64 = 1_000_000;

/// What the world and a host both hold.
pub(super) type Shared<T> = Arc<Mutex<T>>;

/// Everything runs on one thread, so nobody ever waits here; whoever holds it twice would, for ever.
pub(super) fn locked<T>(shared: &Shared<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A host with one control plane on it.
pub(super) struct Host {
    pub(super) disk: Shared<Disk>,
    pub(super) provenance: DiskProvenance,
    pub(super) mailbox: Option<Mailbox>,
    pub(super) recovery: Recovery,
    pub(super) clock: HostClock,
    /// Whoever waits for the clock hears that it goes otherwise.
    pub(super) skewed: watch::Sender<()>,
    pub(super) refusals: Refusals,
    /// What its next process may do and keep.
    pub(super) limits: Limits,
    starts: u64,
}

/// Whether a process is to be brought back from what its disk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    None,
    /// The disk gave nothing: it is tried again after a while.
    Waits,
    /// The world is to bring it back.
    Due,
}

/// Where what users and operators ask for goes.
pub(super) enum Mailbox {
    Global(mpsc::Sender<GlobalInput>),
    Zone(mpsc::Sender<ZoneInput>),
}

/// All that starting a control plane takes.
#[derive(Clone)]
pub(super) struct Software {
    pub(super) id: NodeId,
    pub(super) dialect: Dialect,
    pub(super) seed: Seed,
    pub(super) sabotage: Option<String>,
    pub(super) network: Network,
    pub(super) queue: Shared<Queue>,
    pub(super) host: Shared<Host>,
    /// Of a zone that is a cluster: its API.
    pub(super) cluster: Option<ClusterApi>,
}

pub(super) type Run = Pin<Box<dyn Future<Output = ::turmoil::Result>>>;

impl Host {
    pub(super) fn new(store: StoreKind, limits: Limits, refusals: Refusals, seed: Seed) -> Self {
        Self {
            disk: Arc::new(Mutex::new(Disk::keeping(store, seed.fork("disk").rng()))),
            provenance: DiskProvenance::Own,
            mailbox: None,
            recovery: Recovery::None,
            clock: clock::right(),
            skewed: watch::channel(()).0,
            refusals,
            limits,
            starts: 0,
        }
    }
}

impl Software {
    /// Brings the control plane to life from what its disk gives. It then runs until the future is dropped.
    pub(super) fn start(&self) -> Run {
        let world = locked(&self.queue).now;
        let now = locked(&self.host).clock.at(world);
        let mut store = DiskStore::on(Arc::clone(&locked(&self.host).disk));
        {
            let mut host = locked(&self.host);
            host.starts += 1;
            host.recovery = Recovery::None;
        }
        let loaded = store.load();
        let retries = matches!(loaded, Err(StoreError::Io { .. }));
        let started = loaded.map_err(|error| error.to_string()).and_then(|durable| {
            let run = match &self.id {
                NodeId::Global => self.start_global(world, now, store, durable),
                NodeId::Zone(zone) | NodeId::Joined { zone, .. } => self.start_zone(zone, world, now, store, durable),
            };
            run.map_err(|error| error.to_string())
        });
        started.unwrap_or_else(|why| {
            self.witness(world).happened(world, What::RefusedToStart { why });
            if retries { self.retry() } else { Box::pin(std::future::ready(Ok(()))) }
        })
    }

    /// Comes back after a while, unless somebody ends that too.
    fn retry(&self) -> Run {
        let host = Arc::clone(&self.host);
        locked(&host).recovery = Recovery::Waits;
        Box::pin(async move {
            sleep(RECOVER_AFTER).await;
            let mut host = locked(&host);
            if host.recovery == Recovery::Waits {
                host.recovery = Recovery::Due;
            }
            Ok(())
        })
    }

    fn start_global(&self, world: Mono, now: Now, mut store: DiskStore, durable: Durable) -> Result<Run, RecoverError> {
        let mut out = Out::new();
        let mut node = self.build().global(self.seed_of_start(), now, &durable, &mut out)?;
        let emits = out.take();
        let (mailbox, mut inputs) = mpsc::channel(MAILBOX);
        let config = ServerConfig {
            dialect: self.dialect,
            first_session: self.first_session(),
            compress: false,
            date: Some(http::HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT")),
            ..ServerConfig::new("global")
        };
        let callers: Shared<Vec<NodeId>> = Shared::default();
        let (dialled, queue) = (Arc::clone(&callers), Arc::clone(&self.queue));
        let server = Server::announcing(config, mailbox.clone(), Arc::new(Everyone), move |session, connection| {
            let caller = locked(&dialled).get(connection).cloned();
            locked(&queue).callers.extend(caller.map(|caller| (session, caller)));
        });
        let mut performer = server.performer(Box::new(|_| {}));
        self.started(world, durable, node.observe().clone(), Emits::Global(emits.clone()), Mailbox::Global(mailbox));
        let (network, mut witness, host) = (self.network.clone(), self.witness(world), Arc::clone(&self.host));
        let clock = self.clocks(&witness);
        Ok(Box::pin(async move {
            let incoming = network.listen(callers).await?;
            spawn_local(server.serve(incoming));
            let mut ended = drive(&mut *node, emits, &mut store, &mut inputs, clock.clone(), &mut performer, &mut witness).await;
            while ended == Ended::StoreFailed {
                ended = keep(&mut *node, &mut inputs, clock.clone(), &mut performer, &mut witness).await;
                if is_readable(&host) {
                    break;
                }
            }
            if ended == Ended::StoreFailed {
                locked(&host).recovery = Recovery::Due;
                std::future::pending::<()>().await;
            }
            Ok(())
        }))
    }

    fn start_zone(&self, zone: &ZoneName, world: Mono, now: Now, mut store: DiskStore, durable: Durable) -> Result<Run, RecoverError> {
        let mut out = Out::new();
        let mut node = self.build().zone(zone, self.seed_of_start(), now, &durable, &mut out)?;
        let emits = out.take();
        let (mailbox, mut inputs) = mpsc::channel(MAILBOX);
        let config = ClientConfig {
            dialect: self.dialect,
            first_session: self.first_session(),
            compress: false,
            ..ClientConfig::new(zone.clone(), http::Uri::from_static("http://global:5685"))
        };
        let link = self.id.link().unwrap_or(zone).clone();
        let dialler = Dialler { network: self.network.clone(), zone: link };
        let (port, wanted) = Port::new(mailbox.clone());
        let told = port.clone();
        let (mut witness, host, seed) = (self.witness(world), Arc::clone(&self.host), self.seed_of_start());
        let clock = self.clocks(&witness);
        let following = self.cluster.as_ref().map(|api| Following::begin(api, node.observe().clone(), &mailbox, seed, clock.clone()));
        let mut performer = Client::new(config, dialler, mailbox.clone()).performer(Box::new(move |local| {
            if let Some(following) = &following {
                following.hear(&local);
            }
            told.hear(local);
        }));
        self.started(world, durable, node.observe().clone(), Emits::Zone(emits.clone()), Mailbox::Zone(mailbox));
        Ok(Box::pin(async move {
            spawn_local(port.clone().serve(TcpListener::bind(("0.0.0.0", PORT)).await?));
            spawn_local(port.issue(wanted, seed, clock.clone()));
            let mut ended = drive(&mut *node, emits, &mut store, &mut inputs, clock.clone(), &mut performer, &mut witness).await;
            while ended == Ended::StoreFailed {
                ended = keep(&mut *node, &mut inputs, clock.clone(), &mut performer, &mut witness).await;
                if is_readable(&host) {
                    break;
                }
            }
            if ended == Ended::StoreFailed {
                locked(&host).recovery = Recovery::Due;
                std::future::pending::<()>().await;
            }
            Ok(())
        }))
    }

    fn build(&self) -> Build {
        let limits = locked(&self.host).limits;
        Build {
            dialect: self.dialect,
            environment: if self.cluster.is_some() { Environment::Kubernetes } else { Environment::Universal },
            limits,
            sabotage: self.sabotage.clone(),
            refusals: self.refusals(),
        }
    }

    fn started(&self, at: Mono, durable: Durable, observation: strait_core::node::Observation, emits: Emits, mailbox: Mailbox) {
        let disk = {
            let mut host = locked(&self.host);
            host.mailbox = Some(mailbox);
            std::mem::replace(&mut host.provenance, DiskProvenance::Own)
        };
        let what = What::Started { durable: Box::new(durable), observation: Box::new(observation), emits, disk };
        self.witness(at).happened(at, what);
    }

    fn witness(&self, at: Mono) -> Witness {
        let world = WorldTime::showing(at);
        Witness { node: self.id.clone(), queue: Arc::clone(&self.queue), host: Arc::clone(&self.host), world }
    }

    fn clocks(&self, witness: &Witness) -> SkewedClocks {
        SkewedClocks { world: witness.world, host: Arc::clone(&self.host) }
    }

    fn refusals(&self) -> Refusals {
        locked(&self.host).refusals.clone()
    }

    fn seed_of_start(&self) -> Seed {
        self.seed.fork(&format!("start {}", locked(&self.host).starts))
    }

    fn first_session(&self) -> u64 {
        locked(&self.host).starts * SESSIONS_PER_START + 1
    }
}

fn is_readable(host: &Shared<Host>) -> bool {
    let disk = Arc::clone(&locked(host).disk);
    locked(&disk).is_readable()
}
