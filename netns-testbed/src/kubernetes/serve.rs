//! The thread that serves: connections, and the steps of the controllers.
use super::{respond::respond, wall};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    net::TcpListener,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};
use strait_scenarios::kubernetes::Api;
use strait_shell::tls::{Identity, TlsAcceptor, accept};
use tokio::{sync::watch, time::timeout};
use tokio_stream::StreamExt as _;

/// How often controllers look at the clock.
const TICK: Duration = Duration::from_millis(200);
/// So many steps follow each other before others get their turn.
const STEPS: usize = 100;

/// The model, and who waits for its changes.
pub(super) struct Shared {
    pub(super) api: Mutex<Api>,
    pub(super) changed: watch::Sender<u64>,
    /// For threads that wait.
    pub(super) said: Condvar,
}

pub(super) fn acceptor(identity: &Identity) -> Result<TlsAcceptor, String> {
    strait_shell::tls::acceptor_for_http1(identity)
}

/// Serves until it is told to end.
pub(super) fn run(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>, mut end: watch::Receiver<bool>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async move {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
        tokio::select! {
            biased;
            _ = end.wait_for(|end| *end) => {}
            () = control(&shared) => {}
            () = connections(listener, acceptor, Arc::clone(&shared)) => {}
        }
    });
    runtime.shutdown_background();
}

async fn connections(listener: tokio::net::TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut accepted = accept(listener, acceptor);
    while let Some(stream) = accepted.next().await {
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| respond(request, Arc::clone(&shared)));
            // A client that goes away is no news.
            let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// Steps the controllers whenever something has changed, and from time to time.
async fn control(shared: &Shared) {
    let mut changes = shared.changed.subscribe();
    loop {
        for _ in 0..STEPS {
            let changed = shared.api().step(wall());
            if !changed {
                break;
            }
            shared.tell();
        }
        changes.borrow_and_update();
        // What it changed itself has been seen; what comes meanwhile wakes it.
        let _ = timeout(TICK, changes.changed()).await;
    }
}
