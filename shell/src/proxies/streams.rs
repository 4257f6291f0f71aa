//! Which streams of proxies there are, and how the node's words find them.
use crate::envoy::Rendered;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use strait_core::node::{ProxySession, ToProxy};
use tokio::sync::mpsc;

/// The streams of proxies. Clones are the same.
#[derive(Clone, Default)]
pub struct Streams(Arc<Inner>);

#[derive(Default)]
struct Inner {
    last: AtomicU64,
    // The node says nothing more before what it said was answered, so that little waits here.
    streams: Mutex<BTreeMap<ProxySession, Heard>>,
}

/// How one of them hears.
struct Heard {
    // In boxes: a channel makes room for 32 at once.
    said: mpsc::UnboundedSender<Box<Said>>,
    /// The last request for a certificate whose answer it was given.
    certified: u64,
}

/// What is said to a stream.
#[derive(Debug)]
pub(super) enum Said {
    ByNode(ToProxy),
    /// A certificate, which the node never sees.
    Secret(Rendered),
}

impl Streams {
    /// Hands on what the node says to a proxy. To one that is gone nothing needs to be said.
    pub fn tell(&self, session: ProxySession, said: ToProxy) {
        let mut streams = self.streams();
        let is_last = matches!(said, ToProxy::Close { .. });
        if let Some(stream) = streams.get(&session) {
            let _ = stream.said.send(Box::new(Said::ByNode(said)));
        }
        if is_last {
            streams.remove(&session);
        }
    }

    /// Hands a certificate to a proxy, for this request of the node. Several may be under way beside each other: what an older request asked for
    /// does not replace what a newer one did.
    pub fn give(&self, session: ProxySession, request: u64, secret: Rendered) {
        let mut streams = self.streams();
        if let Some(stream) = streams.get_mut(&session).filter(|stream| stream.certified < request) {
            stream.certified = request;
            let _ = stream.said.send(Box::new(Said::Secret(secret)));
        }
    }

    pub(super) fn open(&self) -> (ProxySession, mpsc::UnboundedReceiver<Box<Said>>) {
        let session = ProxySession(self.0.last.fetch_add(1, Ordering::Relaxed) + 1);
        let (said, hearing) = mpsc::unbounded_channel();
        self.streams().insert(session, Heard { said, certified: 0 });
        (session, hearing)
    }

    /// Whether the node still believes in it.
    pub(super) fn close(&self, session: ProxySession) -> bool {
        self.streams().remove(&session).is_some()
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<ProxySession, Heard>> {
        self.0.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
