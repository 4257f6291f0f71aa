//! A port, over UDP and TCP.
use std::{io, net::SocketAddr};
use tokio::net::{TcpListener, UdpSocket};

/// How often another port is tried, if the system's choice for TCP is taken for UDP.
const ATTEMPTS: usize = 16;

/// A port, over both.
#[derive(Debug)]
pub struct Sockets {
    pub(super) udp: UdpSocket,
    pub(super) tcp: TcpListener,
}

/// A port cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{over}: {why}")]
pub struct CannotBind {
    /// `UDP` or `TCP`.
    pub over: &'static str,
    /// What the system says.
    pub why: io::Error,
}

impl Sockets {
    /// Listens there. Port 0: on one that the system chooses, the same for both.
    ///
    /// # Errors
    /// It cannot be listened on.
    pub async fn bind(at: SocketAddr) -> Result<Self, CannotBind> {
        let mut attempts = if at.port() == 0 { ATTEMPTS } else { 1 };
        loop {
            attempts -= 1;
            let tcp = TcpListener::bind(at).await.map_err(|why| CannotBind { over: "TCP", why })?;
            let chosen = tcp.local_addr().map_err(|why| CannotBind { over: "TCP", why })?;
            match UdpSocket::bind(chosen).await {
                Ok(udp) => return Ok(Self { udp, tcp }),
                Err(why) if why.kind() == io::ErrorKind::AddrInUse && attempts > 0 => {}
                Err(why) => return Err(CannotBind { over: "UDP", why }),
            }
        }
    }

    /// Where that is.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.udp.local_addr()
    }
}
