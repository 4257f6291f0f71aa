//! All that a zone does with the API of its cluster.
use super::{events, follower::Follower, informer::Informer, reach::Reach};
use crate::process::Desk;
use kube::Client;
use std::{collections::BTreeSet, time::Duration};
use strait_core::{
    kubernetes::ObjectKind,
    node::{ObservationChange, ZoneInput},
};
use tokio::sync::{mpsc, watch};

/// A watch that tells nothing for so long is begun anew: an API sends bookmarks about once in a minute.
pub const SILENCE: Duration = Duration::from_secs(180);

/// Follows the objects of a cluster, in tasks that end with the runtime.
pub struct Informers {
    stale: watch::Sender<BTreeSet<ObjectKind>>,
}

impl Informers {
    /// Begins to follow.
    pub fn begin(
        client: &Client,
        mailbox: &mpsc::Sender<ZoneInput>,
        desk: Desk,
        follower: Follower,
        reach: &Reach,
        silence: Duration,
    ) -> Self {
        let stale = watch::Sender::new(BTreeSet::new());
        for kind in ObjectKind::ALL {
            let informer = Informer {
                kind,
                client: client.clone(),
                reach: reach.clone(),
                mailbox: mailbox.clone(),
                stale: stale.subscribe(),
                silence,
                seed: follower.seed.fork(&kind.to_string()),
            };
            tokio::spawn(informer.follow());
        }
        tokio::spawn(events::tell(client.clone(), desk, follower, reach.clone()));
        Self { stale }
    }

    /// Takes how the node judges a list: one that is stale is asked for anew, until it is not.
    pub fn hear(&self, change: &ObservationChange) {
        if let ObservationChange::Listed { kind, stale } = change {
            self.stale.send_modify(|kinds| _ = if stale.is_some() { kinds.insert(*kind) } else { kinds.remove(kind) });
        }
    }
}
