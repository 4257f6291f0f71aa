//! B5, amplification: what one step causes is bounded by what came in, times the sessions that are open.
//!
//! What waits at the gate is counted when it is asked for, and comes out when the store reports.
use super::{Broken, Invariant, bounds};
use crate::{
    event::{Event, NodeId, Stepped, What},
    meters::emits,
    oracle::truth::{Happened, Truth},
};
use std::collections::BTreeMap;
use strait_core::{
    Step, StoreKey,
    node::{Change, GlobalInput, ZoneInput},
    sync::{Request, RequestBody, Response, ResponseBody},
};

/// B5.
#[derive(Debug, Default)]
pub(super) struct Amplification {
    /// What each node may still cause by what came in since its gate was last empty.
    owed: BTreeMap<NodeId, u64>,
}

impl Invariant for Amplification {
    fn id(&self) -> &'static str {
        "B5"
    }

    fn slug(&self) -> &'static str {
        "amplification"
    }

    fn see(&mut self, truth: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        if !truth.disks.is_ours(&event.node) {
            return Ok(());
        }
        let stepped = match &event.what {
            What::Stepped(stepped) => stepped,
            What::Paused | What::Resumed | What::Workload(_) => return Ok(()),
            What::Started { .. } | What::RefusedToStart { .. } | What::Stopped { .. } => {
                self.owed.remove(&event.node);
                return Ok(());
            }
        };
        let owed = self.owed.entry(event.node.clone()).or_default();
        let (sessions, written) = (truth.meter.sessions(&event.node), written(event));
        let named = if names_generator(event) { truth.meter.meters().stores.get(&event.node).map_or(0, |store| store.services) } else { 0 };
        // A name goes from one service, and another one comes.
        let allowed = *owed + bounds::emits(came_in(stepped), written, sessions) + 2 * named;
        let caused = emits(stepped);
        if caused > allowed {
            let what = format!("one step causes {caused} things, with {sessions} sessions open; allowed are {allowed}");
            return Err(Broken::at(event, what));
        }
        *owed = if event.synced >= truth.disks.submitted(&event.node) { 0 } else { allowed - caused };
        Ok(())
    }
}

/// Whether the step writes something that names services.
fn names_generator(event: &Event) -> bool {
    let is_one = |key: &StoreKey| key.0.contains("/HostnameGenerator/");
    event.batches().iter().any(|batch| batch.put.iter().map(|(key, _)| key).chain(&batch.delete).any(is_one))
}

/// The records that the step writes: each may be made known.
fn written(event: &Event) -> u64 {
    event.batches().iter().map(|batch| batch.put.len() + batch.delete.len()).sum::<usize>() as u64
}

/// How much came in.
fn came_in(stepped: &Stepped) -> u64 {
    let count = match stepped {
        Stepped::Global { step: Step::Input(input), .. } => match input {
            GlobalInput::Edit { changes, .. } => changed(changes),
            GlobalInput::Request(_, request) => asked(request),
            GlobalInput::Response(_, response) => brought(response),
            _ => 1,
        },
        Stepped::Zone { step: Step::Input(input), .. } => match input {
            ZoneInput::Edit { changes, .. } => changed(changes),
            ZoneInput::Request(_, request) => asked(request),
            ZoneInput::Response(_, response) => brought(response),
            _ => 1,
        },
        Stepped::Global { .. } | Stepped::Zone { .. } => 1,
    };
    count as u64
}

fn changed(changes: &[Change]) -> usize {
    changes.len()
}

fn asked(request: &Request) -> usize {
    match &request.body {
        RequestBody::SubscribeAll { rejected, .. } | RequestBody::Nack { rejected, .. } => 1 + rejected.len(),
        RequestBody::Subscribe { .. } | RequestBody::Ack { .. } | RequestBody::Beat { .. } => 1,
    }
}

fn brought(response: &Response) -> usize {
    match &response.body {
        ResponseBody::Resources { put, gone, .. } => 1 + put.len() + gone.len(),
        ResponseBody::History { .. } | ResponseBody::Beat { .. } => 1,
    }
}
