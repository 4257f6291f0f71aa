//! All that a zone does with the API of its cluster.
use super::{definitions, events, follower::Follower, informer::Informer, path, reach::Reach, writer::Writer};
use crate::process::Desk;
use kube::Client;
use std::{collections::BTreeSet, time::Duration};
use strait_core::{
    kubernetes::{Ask, OWN, ObjectKind},
    node::{ObservationChange, ZoneInput},
};
use tokio::sync::{mpsc, watch};

/// A watch that tells nothing for so long is begun anew: an API sends bookmarks about once in a minute.
pub const SILENCE: Duration = Duration::from_secs(180);

/// Follows the objects of a cluster, and writes some of them, in tasks that end with the runtime.
pub struct Informers {
    stale: watch::Sender<BTreeSet<ObjectKind>>,
    writer: Writer,
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
        let (one, hears) = ((client.clone(), reach.clone(), mailbox.clone()), stale.clone());
        let (kept_in, seed) = (follower.system_namespace.clone(), follower.seed);
        let begin = move |kind: ObjectKind| {
            let (client, reach, mailbox) = one.clone();
            let (path, selector) = match kind {
                ObjectKind::ConfigMap => (path::within(kind, &kept_in), Some(OWN.to_owned())),
                _ => (path::all(kind), None),
            };
            let (stale, seed) = (hears.subscribe(), seed.fork(&kind.to_string()));
            tokio::spawn(Informer { kind, path, selector, client, reach, mailbox, stale, silence, seed }.follow())
        };
        for kind in ObjectKind::ALL.into_iter().chain([ObjectKind::ConfigMap]) {
            begin(kind);
        }
        let of_definitions = follower.seed.fork("definitions");
        tokio::spawn(definitions::follow(client.clone(), mailbox.clone(), reach.clone(), of_definitions, begin));
        tokio::spawn(events::tell(client.clone(), desk, follower, reach.clone()));
        Self { stale, writer: Writer { client: client.clone(), mailbox: mailbox.clone(), reach: reach.clone() } }
    }

    /// Takes how the node judges a list: one that is stale is asked for anew, until it is not.
    pub fn hear(&self, change: &ObservationChange) {
        if let ObservationChange::Listed { kind, stale } = change {
            self.stale.send_modify(|kinds| _ = if stale.is_some() { kinds.insert(*kind) } else { kinds.remove(kind) });
        }
    }

    /// Asks the API for something, without waiting.
    pub fn ask(&self, ask: Ask) {
        self.writer.carry_out(ask);
    }
}
