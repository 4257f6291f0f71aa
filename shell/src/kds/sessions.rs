//! The sessions that are open at one end.
use super::outbound::{Outbound, Stuck};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use strait_core::sync::{Request, Response, Session};
use tokio::sync::watch;
use tonic::Status;

/// Where what is said goes. It does not wait; a peer that does not read is given up.
pub(super) struct Lanes {
    pub(super) requests: Outbound<Request>,
    pub(super) responses: Outbound<Response>,
}

/// The sessions that are open.
#[derive(Clone)]
pub(super) struct Sessions(Arc<Mutex<Registry>>);

struct Registry {
    next: u64,
    open: BTreeMap<Session, Open>,
}

struct Open {
    lanes: Lanes,
    /// Dropped with the session, which stops its readers.
    _stop: watch::Sender<()>,
}

/// Resolves when a session has ended.
pub(super) type Stop = watch::Receiver<()>;

impl Sessions {
    /// None are open; the first will have this number.
    pub(super) fn from(first: u64) -> Self {
        Self(Arc::new(Mutex::new(Registry { next: first, open: BTreeMap::new() })))
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, lanes: Lanes) -> (Session, Stop) {
        let (stop, stopped) = watch::channel(());
        let mut registry = self.registry();
        let session = Session(registry.next);
        registry.next += 1;
        registry.open.insert(session, Open { lanes, _stop: stop });
        (session, stopped)
    }

    /// `Err`: too much waits on this lane already.
    pub(super) fn request(&self, session: Session, request: Request) -> Result<(), Stuck> {
        self.registry().open.get(&session).map_or(Ok(()), |open| open.lanes.requests.say(request))
    }

    /// `Err`: too much waits on this lane already.
    pub(super) fn response(&self, session: Session, response: Response) -> Result<(), Stuck> {
        self.registry().open.get(&session).map_or(Ok(()), |open| open.lanes.responses.say(response))
    }

    /// Ends a session on both lanes, and says whether it was open until now.
    pub(super) fn end(&self, session: Session, status: &Status) -> bool {
        let Some(open) = self.registry().open.remove(&session) else {
            return false;
        };
        open.lanes.requests.end(status.clone());
        open.lanes.responses.end(status.clone());
        true
    }
}
