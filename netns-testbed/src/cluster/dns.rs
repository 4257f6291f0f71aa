//! The cluster's DNS on its node, on a thread of its own that lives in the node's network.
use super::names::ClusterDns;
use crate::Namespace;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
    thread,
};
use strait_shell::dns::{Sockets, serve};
use tokio::sync::oneshot;

const PORT: u16 = 53;

/// It serves. Dropped, it no longer does.
pub(super) struct Serving {
    _end: oneshot::Sender<()>,
}

impl Serving {
    pub(super) fn begin(node: &Namespace, address: Ipv4Addr, dns: ClusterDns) -> Result<Self, String> {
        let (end, ended) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let at = SocketAddr::from((address, PORT));
        let work = move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(tell.send(Err(error.to_string()))),
            };
            runtime.block_on(async move {
                let sockets = match Sockets::bind(at).await {
                    Ok(sockets) => sockets,
                    Err(error) => return drop(tell.send(Err(format!("{at}: {error}")))),
                };
                let _serving = serve(sockets, dns);
                drop(tell.send(Ok(())));
                // Whichever way its end comes.
                let _ = ended.await;
            });
        };
        let begun = node.run(move || thread::Builder::new().name("cluster-dns".to_owned()).spawn(work));
        begun.map_err(|error| error.to_string())?;
        told.recv().map_err(|error| error.to_string())??;
        Ok(Self { _end: end })
    }
}
