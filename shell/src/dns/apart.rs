//! Datagrams on a thread of its own, which blocks until one comes: two calls of the system for each, and nobody to wake or to be woken by. On the
//! threads of a runtime nearly half of the time went into that.
use super::{LARGEST_DATAGRAM, LARGEST_QUESTION, Over, Responder, Sockets, tcp};
use std::{
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::task::JoinSet;

/// How often it looks whether it is to stop, at the latest. It is woken for that; but what wakes it may be lost.
const LOOKS_EVERY: Duration = Duration::from_secs(1);
/// How long it rests when the system refuses to receive.
const REST: Duration = Duration::from_millis(100);

/// Answers what comes in on a port. Dropped, it is closed.
#[derive(Debug)]
pub struct Apart {
    at: SocketAddr,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _connections: JoinSet<()>,
}

/// Answers what comes in on these sockets: datagrams on a thread of their own, connections on the runtime from which this is called.
///
/// # Errors
/// The system gives no thread, or refuses to let a socket block.
pub fn serve_apart(sockets: Sockets, responder: Responder) -> io::Result<Apart> {
    let socket = sockets.udp.into_std()?;
    let at = socket.local_addr()?;
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(LOOKS_EVERY))?;
    socket.set_write_timeout(Some(LOOKS_EVERY))?;
    let is_stopping = Arc::new(AtomicBool::new(false));
    let (answers, stops) = (responder.clone(), Arc::clone(&is_stopping));
    let thread = thread::Builder::new().name("dns".to_owned()).spawn(move || answer(&socket, &answers, &stops))?;
    let mut connections = JoinSet::new();
    connections.spawn(tcp::serve(sockets.tcp, responder));
    Ok(Apart { at, is_stopping, thread: Some(thread), _connections: connections })
}

fn answer(socket: &UdpSocket, responder: &Responder, is_stopping: &AtomicBool) {
    // Of a longer one the rest is dropped, and it makes no sense then.
    let mut buffer = vec![0; LARGEST_QUESTION];
    let mut rests = false;
    while !is_stopping.load(Ordering::Relaxed) {
        let (length, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => continue,
            Err(error) => {
                // Said once, and not with each attempt.
                if !std::mem::replace(&mut rests, true) {
                    tracing::warn!(%error, "questions of DNS cannot be received");
                }
                thread::park_timeout(REST);
                continue;
            }
        };
        rests = false;
        // Nobody is at port 0.
        if from.port() == 0 {
            continue;
        }
        if let Some(answer) = responder.respond(&buffer[..length], from.ip(), Over::Udp { most: LARGEST_DATAGRAM })
            && let Err(error) = socket.send_to(&answer, from)
        {
            tracing::debug!(to = %from, %error, "an answer of DNS was not sent");
        }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.is_stopping.store(true, Ordering::Relaxed);
        // No question, so that it is not answered.
        let here: IpAddr = match self.at.ip() {
            IpAddr::V4(at) if at.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(at) if at.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            at => at,
        };
        let any: IpAddr = if here.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let _ = UdpSocket::bind((any, 0)).and_then(|socket| socket.send_to(&[], (here, self.at.port())));
        // The port is free once that has ended, and whoever is started anew needs it.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
