//! Connections of the launcher's own, with the mark by which a redirection tells them from those of the workload.
use rustix::fd::AsFd;
use std::{io, net::SocketAddr};
use tokio::net::{TcpSocket, TcpStream, lookup_host};

/// Connects to `HOST:PORT`, from a socket that has the mark; 0: none.
pub(super) async fn connect(address: &str, mark: u32) -> io::Result<TcpStream> {
    if mark == 0 {
        return TcpStream::connect(address).await;
    }
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    for at in lookup_host(address).await? {
        match connect_to(at, mark).await {
            Ok(stream) => return Ok(stream),
            Err(why) => failed = why,
        }
    }
    Err(failed)
}

async fn connect_to(at: SocketAddr, number: u32) -> io::Result<TcpStream> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    mark(&socket, number)?;
    socket.connect(at).await
}

/// Gives a socket the mark; 0: none. Without the right to it the socket goes without, which is of no matter where nothing is redirected.
#[cfg(target_os = "linux")]
pub(super) fn mark(socket: &impl AsFd, number: u32) -> io::Result<()> {
    use std::sync::atomic::{AtomicBool, Ordering};

    static HAS_COMPLAINED: AtomicBool = AtomicBool::new(false);
    if number == 0 {
        return Ok(());
    }
    match socket2::SockRef::from(socket).set_mark(number) {
        Err(why) if why.kind() == io::ErrorKind::PermissionDenied => {
            if !HAS_COMPLAINED.swap(true, Ordering::Relaxed) {
                tracing::warn!(%why, "--socket-mark: the launcher may not mark what it sends, which takes CAP_NET_ADMIN");
            }
            Ok(())
        }
        set => set,
    }
}

/// No other system has marks.
#[cfg(not(target_os = "linux"))]
pub(super) fn mark(_: &impl AsFd, _: u32) -> io::Result<()> {
    Ok(())
}
