//! The sessions that are open at one end.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use strait_core::sync::{Request, Response, Session};
use tokio::sync::{mpsc::UnboundedSender, watch};
use tonic::Status;

/// What is to be said on a lane.
#[derive(Debug)]
pub(super) enum Frame<T> {
    /// A message.
    Say(T),
    /// The end, and why.
    End(Status),
}

/// Where what is said goes. It does not wait: a node has only so much under way before it is acknowledged.
pub(super) struct Lanes {
    pub(super) requests: UnboundedSender<Frame<Request>>,
    pub(super) responses: UnboundedSender<Frame<Response>>,
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

    pub(super) fn request(&self, session: Session, request: Request) {
        if let Some(open) = self.registry().open.get(&session) {
            // A lane that no longer takes anything has ended; its reader says so.
            let _ = open.lanes.requests.send(Frame::Say(request));
        }
    }

    pub(super) fn response(&self, session: Session, response: Response) {
        if let Some(open) = self.registry().open.get(&session) {
            let _ = open.lanes.responses.send(Frame::Say(response));
        }
    }

    /// Ends a session on both lanes, and says whether it was open until now.
    pub(super) fn end(&self, session: Session, status: &Status) -> bool {
        let Some(open) = self.registry().open.remove(&session) else {
            return false;
        };
        let _ = open.lanes.requests.send(Frame::End(status.clone()));
        let _ = open.lanes.responses.send(Frame::End(status.clone()));
        true
    }
}
