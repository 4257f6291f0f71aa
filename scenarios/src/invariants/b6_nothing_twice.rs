//! B6, nothing twice: what is there already is not written again, and what was taken already is not sent again.
//!
//! Judged are our own nodes. A resource is written only in a version that its store does not have. Within a session it is sent only in a
//! version that was not sent yet, unless the other end refused it, asked anew or is told everything from the beginning, or somebody wrote it
//! meanwhile. A transfer that did not come to its end was not taken.
use super::{Broken, Invariant};
use crate::oracle::{
    prints::Prints,
    truth::{Happened, Truth},
    turns::Turn,
};
use crate::{
    digest::digest_of_bytes,
    event::{NodeId, What},
};
use std::collections::BTreeMap;
use strait_core::{
    Batch, Durable, StoreKey,
    node::ObservationChange,
    resource::{Key, Kind, MeshName, Resource},
    sync::{Nonce, Request, RequestBody, Response, ResponseBody, Session},
};

/// B6.
#[derive(Debug, Default)]
pub(super) struct NothingTwice {
    stores: BTreeMap<NodeId, BTreeMap<StoreKey, u128>>,
    sessions: BTreeMap<(NodeId, Session), Sent>,
    written: BTreeMap<NodeId, Written>,
    clock: u64,
}

/// What was sent within one session.
#[derive(Debug, Default)]
struct Sent {
    versions: BTreeMap<Key, Version>,
    /// When what the transfer under way carries was fixed. One that goes on from an earlier session was fixed before this one.
    fixed: u64,
    /// Of the transfer that has not come to its last part.
    unfinished: Vec<Key>,
    /// What each response carried that was not answered yet.
    under_way: BTreeMap<Nonce, Vec<Key>>,
}

/// A version of a resource, and when it was current.
#[derive(Clone, Copy, Debug)]
struct Version {
    print: u128,
    clock: u64,
}

/// When somebody last wrote what is called so at a node.
#[derive(Debug, Default)]
struct Written {
    each: BTreeMap<Called, u64>,
    all: u64,
}

/// What the author of a resource calls it. On the wire it has other names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Called(Kind, Option<MeshName>, String);

impl NothingTwice {
    fn began(&mut self, node: &NodeId, durable: &Durable) {
        let records = durable.iter().filter(|(key, _)| is_resource(key));
        self.stores.insert(node.clone(), records.map(|(key, value)| (key.clone(), print(value))).collect());
        self.sessions.retain(|(at, _), _| at != node);
    }

    fn writes(&mut self, node: &NodeId, batch: &Batch) -> Result<(), String> {
        let store = self.stores.entry(node.clone()).or_default();
        for key in &batch.delete {
            store.remove(key);
        }
        for (key, value) in batch.put.iter().filter(|(key, _)| is_resource(key)) {
            let print = print(value);
            if store.insert(key.clone(), print) == Some(print) {
                return Err(format!("it writes `{key}` again, in the version that its store has"));
            }
        }
        Ok(())
    }

    fn turn(&mut self, prints: &Prints, node: &NodeId, turn: &Turn<'_>) -> Result<(), String> {
        match turn {
            Turn::Opened { session, .. } => drop(self.sessions.insert((node.clone(), *session), Sent::default())),
            Turn::Closed(session) => drop(self.sessions.remove(&(node.clone(), *session))),
            Turn::HeardRequest(session, request) => {
                if let Some(sent) = self.sessions.get_mut(&(node.clone(), *session)) {
                    sent.answered(request);
                }
            }
            Turn::SaidResponse(session, response) => {
                if let Some(sent) = self.sessions.get_mut(&(node.clone(), *session)) {
                    let written = self.written.entry(node.clone()).or_default();
                    return sent.sends(prints, response, written, self.clock);
                }
            }
            Turn::Observed(ObservationChange::Holds(resource)) => self.written(node, resource),
            Turn::Observed(ObservationChange::Dropped(key)) if matches!(key.kind.as_str(), "MeshZones" | "Zone") => self.anew(node),
            // For whom things are may have become different.
            Turn::Operated(_) => self.anew(node),
            _ => {}
        }
        Ok(())
    }

    fn anew(&mut self, node: &NodeId) {
        self.clock += 1;
        self.written.entry(node.clone()).or_default().all = self.clock;
    }

    /// Somebody wrote a resource: what was sent of it before, under whatever name, is another thing. Or for whom things are may have
    /// become different: then all is.
    fn written(&mut self, node: &NodeId, resource: &Resource) {
        self.clock += 1;
        let written = self.written.entry(node.clone()).or_default();
        if matches!(resource.kind().as_str(), "MeshZones" | "Zone") {
            written.all = self.clock;
        }
        written.each.insert(Called::of(resource), self.clock);
    }
}

impl Called {
    fn of(resource: &Resource) -> Self {
        Self(resource.kind().clone(), resource.key.mesh.clone(), resource.display_name().to_owned())
    }
}

impl Written {
    fn since(&self, clock: u64, resource: &Resource) -> bool {
        self.all > clock || self.each.get(&Called::of(resource)).is_some_and(|written| *written > clock)
    }
}

impl Sent {
    fn answered(&mut self, request: &Request) {
        match &request.body {
            RequestBody::SubscribeAll { .. } => self.versions.clear(),
            RequestBody::Subscribe { kind, .. } => self.forget(kind),
            RequestBody::Ack { nonce, .. } => drop(self.under_way.remove(nonce)),
            // A plain Kuma names nothing, so that all of the response is offered again.
            RequestBody::Nack { nonce, .. } => {
                for key in self.under_way.remove(nonce).unwrap_or_default() {
                    self.versions.remove(&key);
                }
            }
            RequestBody::Beat { .. } => {}
        }
    }

    fn forget(&mut self, kind: &Kind) {
        self.versions.retain(|key, _| key.kind != *kind);
    }

    fn sends(&mut self, prints: &Prints, response: &Response, written: &Written, clock: u64) -> Result<(), String> {
        let ResponseBody::Resources { nonce, put, gone, transfer, .. } = &response.body else {
            return Ok(());
        };
        if transfer.is_some_and(|transfer| transfer.part == 0) {
            self.fixed = clock;
            for key in std::mem::take(&mut self.unfinished) {
                self.versions.remove(&key);
            }
        }
        if transfer.is_some_and(|transfer| transfer.from.is_none() && transfer.part == 0) {
            self.versions.clear();
        }
        for key in gone {
            self.versions.remove(key);
        }
        let clock = if transfer.is_some() { self.fixed } else { clock };
        for resource in put {
            let version = Version { print: prints.of(resource).whole, clock };
            let before = self.versions.insert(resource.key.clone(), version);
            if before.is_some_and(|before| before.print == version.print && !written.since(before.clock, resource)) {
                return Err(format!("it sends {} again, in a version that it has sent in this session", resource.key));
            }
        }
        if transfer.is_some_and(|transfer| !transfer.last) {
            self.unfinished.extend(put.iter().map(|resource| resource.key.clone()));
        } else {
            self.unfinished.clear();
        }
        self.under_way.insert(nonce.clone(), put.iter().map(|resource| resource.key.clone()).collect());
        Ok(())
    }
}

impl Invariant for NothingTwice {
    fn id(&self) -> &'static str {
        "B6"
    }

    fn slug(&self) -> &'static str {
        "nothing-twice"
    }

    fn see(&mut self, truth: &Truth, happened: &Happened<'_>) -> Result<(), Broken> {
        let event = happened.event;
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        if let What::Started { durable, .. } = &event.what {
            self.began(&event.node, durable);
        }
        let written = event.batches().into_iter().try_for_each(|batch| self.writes(&event.node, batch));
        let said = written.and_then(|()| happened.turns.iter().try_for_each(|turn| self.turn(&truth.prints, &event.node, turn)));
        said.map_err(|what| Broken::at(event, what))
    }
}

fn is_resource(key: &StoreKey) -> bool {
    key.0.starts_with("own/") || key.0.starts_with("synced/")
}

/// A number that differs where resources do. Where in history it was written, which stands before it in its record, does not count.
fn print(record: &[u8]) -> u128 {
    const RESOURCE: &[u8] = b"\"resource\":";
    let from = record.windows(RESOURCE.len()).position(|bytes| bytes == RESOURCE).unwrap_or(0);
    digest_of_bytes(&record[from..])
}
