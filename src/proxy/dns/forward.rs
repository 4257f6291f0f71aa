//! Names that are not the mesh's are asked for elsewhere. Questions and answers pass as they are.
use super::{super::marked::mark, nameservers::Nameservers};
use std::{
    collections::BTreeSet,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use strait_shell::dns::{LARGEST_QUESTION, Over, Response};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, UdpSocket},
    sync::Semaphore,
    time::timeout,
};

/// So many questions are under way at a time. One more is answered that it failed, at once.
const MOST: usize = 256;
/// How long one nameserver may take. Clients give up after five seconds, mostly (resolv.conf(5)).
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);

/// Asks others. Clones are the same.
#[derive(Clone)]
pub(super) struct Forward(Arc<Inner>);

struct Inner {
    nameservers: Nameservers,
    mark: u32,
    places: Arc<Semaphore>,
    /// From where questions are under way. Whatever comes in from there has been led back here.
    own: Mutex<BTreeSet<SocketAddr>>,
    has_complained: AtomicBool,
}

/// The address of a socket of our own, as long as that is in use.
struct Own {
    of: Arc<Inner>,
    at: SocketAddr,
}

impl Forward {
    /// Asks `upstreams`, or the nameservers of the machine if there are none; none of those that are `here`.
    pub(super) fn new(upstreams: Vec<SocketAddr>, mark: u32, here: BTreeSet<SocketAddr>) -> Self {
        Self(Arc::new(Inner {
            nameservers: Nameservers::new(upstreams, here),
            mark,
            places: Arc::new(Semaphore::new(MOST)),
            own: Mutex::default(),
            has_complained: AtomicBool::new(false),
        }))
    }

    /// Passes a question on. `failed` is what is answered if nobody answers.
    pub(super) fn pass(&self, asked: &[u8], from: SocketAddr, over: Over, failed: Vec<u8>) -> Response {
        let inner = &self.0;
        if inner.own().contains(&from) {
            inner.complain("a redirection leads the launcher's own questions back to it: `--uid` or `--socket-mark` of `strait proxy redirect` must tell them apart");
            return Response::Now(Some(failed));
        }
        let Ok(place) = Arc::clone(&inner.places).try_acquire_owned() else { return Response::Now(Some(failed)) };
        let (inner, asked) = (Arc::clone(inner), asked.to_vec());
        Response::Later(Box::pin(async move {
            let _place = place;
            for nameserver in inner.nameservers.now() {
                match timeout(ANSWERED_WITHIN, ask(&inner, nameserver, &asked, over)).await {
                    Ok(Ok(answer)) => return Some(answer),
                    Ok(Err(why)) => tracing::debug!(%nameserver, %why, "a nameserver cannot be asked"),
                    Err(_) => tracing::debug!(%nameserver, "a nameserver does not answer"),
                }
            }
            Some(failed)
        }))
    }
}

impl Inner {
    fn own(&self) -> MutexGuard<'_, BTreeSet<SocketAddr>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn complain(&self, why: &str) {
        if !self.has_complained.swap(true, Ordering::Relaxed) {
            tracing::warn!("{why}");
        }
    }
}

impl Own {
    fn note(of: &Arc<Inner>, at: SocketAddr) -> Self {
        of.own().insert(at);
        Self { of: Arc::clone(of), at }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.of.own().remove(&self.at);
    }
}

async fn ask(inner: &Arc<Inner>, nameserver: SocketAddr, asked: &[u8], over: Over) -> io::Result<Vec<u8>> {
    match over {
        Over::Udp { .. } => over_udp(inner, nameserver, asked).await,
        Over::Tcp => over_tcp(inner, nameserver, asked).await,
    }
}

async fn over_udp(inner: &Arc<Inner>, nameserver: SocketAddr, asked: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr = if nameserver.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // A port of its own for each: so is what an answer must know to be believed.
    let socket = UdpSocket::bind((any, 0)).await?;
    mark(&socket, inner.mark)?;
    socket.connect(nameserver).await?;
    let _own = Own::note(inner, socket.local_addr()?);
    socket.send(asked).await?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if answers(asked, &buffer[..length]) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

async fn over_tcp(inner: &Arc<Inner>, nameserver: SocketAddr, asked: &[u8]) -> io::Result<Vec<u8>> {
    let socket = if nameserver.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    mark(&socket, inner.mark)?;
    let mut stream = socket.connect(nameserver).await?;
    let _own = Own::note(inner, stream.local_addr()?);
    debug_assert!(asked.len() <= LARGEST_QUESTION, "longer ones are not heard");
    let mut framed = u16::try_from(asked.len()).map_err(io::Error::other)?.to_be_bytes().to_vec();
    framed.extend(asked);
    stream.write_all(&framed).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    if answers(asked, &answer) { Ok(answer) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "it answers another question")) }
}

/// Whether these bytes answer that question: they have its number and, but where not even that was understood, repeat it. Some servers
/// repeat it in small letters.
fn answers(asked: &[u8], answer: &[u8]) -> bool {
    const HEADER_BYTES: usize = 12;
    const TYPE_AND_CLASS_BYTES: usize = 4;
    let (Some((head, question)), Some((said, repeated))) = (asked.split_at_checked(HEADER_BYTES), answer.split_at_checked(HEADER_BYTES))
    else {
        return false;
    };
    if head[..2] != said[..2] || said[2] & 0x80 == 0 {
        return false;
    }
    // Names of questions are not compressed: up to the empty label.
    let mut end = 0;
    while let Some(length) = question.get(end).filter(|length| **length != 0) {
        end += 1 + usize::from(*length);
    }
    let end = (end + 1 + TYPE_AND_CLASS_BYTES).min(question.len());
    said[4..6] == [0, 0] || repeated.get(..end).is_some_and(|repeated| repeated.eq_ignore_ascii_case(&question[..end]))
}
