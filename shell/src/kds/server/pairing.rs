//! Two sync streams of one connection under one name become one session.
use super::{super::outbound::Outbound, ConnectionId, Received};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use strait_core::{
    resource::ZoneName,
    sync::{Dialect, Request, Response},
};
use strait_proto::kds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use tonic::{Status, Streaming};

/// How long one lane waits for the other.
pub(super) const PAIR_WITHIN: Duration = Duration::from_secs(10);

/// One lane of a session to be.
pub(super) struct Half {
    pub(super) dialect: Dialect,
    pub(super) received: Arc<Received>,
    pub(super) lane: HalfLane,
}

/// Which lane, how it is read, and where what is said on it goes.
pub(super) enum HalfLane {
    Down(Streaming<DeltaDiscoveryRequest>, Outbound<Response>),
    Up(Streaming<DeltaDiscoveryResponse>, Outbound<Request>),
}

impl HalfLane {
    pub(super) fn end(&self, status: Status) {
        match self {
            Self::Down(_, responses) => responses.end(status),
            Self::Up(_, requests) => requests.end(status),
        }
    }

    fn waiter(&self) -> Waiter {
        match self {
            Self::Down(_, responses) => Waiter::Down(responses.clone()),
            Self::Up(_, requests) => Waiter::Up(requests.clone()),
        }
    }
}

/// Both lanes.
pub(super) struct Pair {
    pub(super) dialect: Dialect,
    pub(super) received: Arc<Received>,
    pub(super) down: Streaming<DeltaDiscoveryRequest>,
    pub(super) up: Streaming<DeltaDiscoveryResponse>,
    pub(super) requests: Outbound<Request>,
    pub(super) responses: Outbound<Response>,
}

/// What a lane says while it waits for the other.
pub(super) enum Waiter {
    Down(Outbound<Response>),
    Up(Outbound<Request>),
}

impl Waiter {
    pub(super) async fn gone(&self) {
        match self {
            Self::Down(responses) => responses.closed().await,
            Self::Up(requests) => requests.closed().await,
        }
    }

    fn is_of(&self, lane: &HalfLane) -> bool {
        match (self, lane) {
            (Self::Down(waiting), HalfLane::Down(_, responses)) => waiting.is_same(responses),
            (Self::Up(waiting), HalfLane::Up(_, requests)) => waiting.is_same(requests),
            _ => false,
        }
    }
}

/// What becomes of a lane that comes in.
pub(super) enum Came {
    /// The other was there already.
    Paired(Box<Pair>),
    /// It waits.
    Waits(Waiter),
}

/// The lanes that wait for their other.
#[derive(Default)]
pub(super) struct Halves(Mutex<BTreeMap<(ConnectionId, ZoneName), Half>>);

impl Halves {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<(ConnectionId, ZoneName), Half>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn came(&self, at: (ConnectionId, ZoneName), half: Half) -> Came {
        let mut waiting = self.waiting();
        let Some(other) = waiting.remove(&at) else {
            let waiter = half.lane.waiter();
            waiting.insert(at, half);
            return Came::Waits(waiter);
        };
        let dialect = other.dialect.min(half.dialect);
        match (other.lane, half.lane) {
            (HalfLane::Down(down, responses), HalfLane::Up(up, requests))
            | (HalfLane::Up(up, requests), HalfLane::Down(down, responses)) => {
                Came::Paired(Box::new(Pair { dialect, received: half.received, down, up, requests, responses }))
            }
            (older, lane) => {
                older.end(Status::aborted("this lane was opened again"));
                let waiter = lane.waiter();
                waiting.insert(at, Half { dialect: half.dialect, received: half.received, lane });
                Came::Waits(waiter)
            }
        }
    }

    /// Gives up on a lane that still waits.
    pub(super) fn give_up(&self, at: &(ConnectionId, ZoneName), waiter: &Waiter) {
        let mut waiting = self.waiting();
        if waiting.get(at).is_some_and(|half| waiter.is_of(&half.lane))
            && let Some(half) = waiting.remove(at)
        {
            half.lane.end(Status::deadline_exceeded("the other lane of this session did not come"));
        }
    }
}
