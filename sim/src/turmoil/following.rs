//! How a zone control plane follows its cluster: with the informers of production.
use super::{clock::SkewedClocks, cluster_api::ClusterApi};
use std::sync::Arc;
use strait_core::{
    Seed,
    node::{Observation, ZoneInput},
};
use strait_scenarios::cluster::SYSTEM;
use strait_shell::{
    drive::Clocks as _,
    kds::Local,
    kubernetes::{Follower, Informers, Reach, SILENCE},
    process::Desk,
};
use tokio::sync::mpsc::Sender;

/// A cluster that is followed.
pub(super) struct Following {
    desk: Desk,
    informers: Informers,
}

impl Following {
    /// Begins, in the runtime of a process whose node shows this and has this mailbox; `seed` is that of its start.
    pub(super) fn begin(api: &ClusterApi, shown: Observation, mailbox: &Sender<ZoneInput>, seed: Seed, clocks: SkewedClocks) -> Self {
        let desk = Desk::of_zone(shown, mailbox.clone());
        let client = api.client(clocks.world);
        let (instance, system_namespace) = ("zone".to_owned(), SYSTEM.to_owned());
        let follower = Follower { instance, system_namespace, seed: seed.fork("follower"), wall: Arc::new(move || clocks.now().wall) };
        let informers = Informers::begin(&client, mailbox, desk.clone(), follower, &Reach::default(), SILENCE);
        Self { desk, informers }
    }

    /// Takes what the node lets know.
    pub(super) fn hear(&self, local: &Local) {
        if let Local::Kubernetes(ask) = local {
            self.informers.ask(ask.clone());
        }
        if let Local::Observed(change) = local {
            self.informers.hear(change);
            self.desk.hear(local.clone());
        }
    }
}
