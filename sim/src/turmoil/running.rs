//! Where processes run, for those who connect within a zone.
//!
//! turmoil lets who connects to a host whose process is gone wait for its return. A kernel refuses him.
use crate::proxy::AT_HOME;
use ::turmoil::net::TcpStream;
use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, SocketAddr},
};
use tokio::{sync::watch, time::sleep};

/// The addresses of the hosts on which a process runs. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Running(watch::Sender<BTreeSet<IpAddr>>);

impl Running {
    /// Says whether a process runs there from now on.
    pub(super) fn set(&self, address: IpAddr, runs: bool) {
        self.0.send_modify(|all| {
            if runs {
                all.insert(address);
            } else {
                all.remove(&address);
            }
        });
    }

    pub(super) fn is_at(&self, address: IpAddr) -> bool {
        self.0.borrow().contains(&address)
    }

    /// Connects once. Where nothing runs, or nothing any more, that is refused after a round trip.
    pub(super) async fn connect(&self, to: SocketAddr) -> io::Result<TcpStream> {
        if self.is_at(to.ip()) {
            let mut all = self.0.subscribe();
            tokio::select! {
                biased;
                connected = TcpStream::connect(to) => return connected,
                _ = all.wait_for(|all| !all.contains(&to.ip())) => {}
            }
        }
        sleep(AT_HOME * 2).await;
        Err(io::ErrorKind::ConnectionRefused.into())
    }
}
