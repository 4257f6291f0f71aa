//! Byte streams over turmoil's network, with what a kernel does and turmoil does not.
//!
//! | what | turmoil alone | here |
//! | --- | --- | --- |
//! | connecting over a link that is cut | fails at once | waits for the heal |
//! | connecting to a host without power | waits for its return | the same, whatever its link does |
//! | connecting to a host whose process is gone | waits for its return | is refused after a round trip |
//! | a connection over a link that was severed | goes on after the heal, with a gap | never works again, and nobody is told |
use ::turmoil::net::{TcpListener, TcpStream};
use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use strait_core::resource::ZoneName;
use strait_scenarios::world::CutHow;
use strait_shell::kds::Connect;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{mpsc, watch},
};
use tokio_stream::wrappers::UnboundedReceiverStream;

/// Where global listens.
const PORT: u16 = 5685;
/// What global's host is called.
pub(super) const GLOBAL: &str = "global";

/// What a zone's host is called.
pub(super) fn host_of(zone: &ZoneName) -> String {
    format!("zone.{zone}")
}

/// What became of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    /// A process runs.
    Running,
    /// Its kernel runs, and nothing else.
    Idle,
    /// Not even that.
    Off,
}

/// The link between global and one zone.
#[derive(Clone, Copy, Debug)]
struct Link {
    delay: Duration,
    cut: Option<CutHow>,
    /// Counts how often it was severed. What was connected before is dead.
    severed: u64,
}

/// What the ends of connections have to know of links and hosts.
#[derive(Clone)]
pub(super) struct Network(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

struct State {
    links: BTreeMap<ZoneName, Link>,
    global: Power,
}

/// What a dial meets.
enum Ahead {
    Nothing,
    Open { severed: u64 },
    Refused { after: Duration },
}

impl Network {
    pub(super) fn new(delays: impl Iterator<Item = (ZoneName, Duration)>) -> Self {
        let links = delays.map(|(zone, delay)| (zone, Link { delay, cut: None, severed: 0 })).collect();
        Self(Arc::new(Inner { state: Mutex::new(State { links, global: Power::Running }), changed: watch::channel(()).0 }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cut_of(&self, zone: &ZoneName) -> Option<CutHow> {
        self.state().links.get(zone)?.cut
    }

    /// Says how a link is cut from now on, or that it is whole again.
    pub(super) fn set_cut(&self, zone: &ZoneName, cut: Option<CutHow>) {
        if let Some(link) = self.state().links.get_mut(zone) {
            link.severed += u64::from(cut == Some(CutHow::Sever));
            link.cut = cut;
        }
        self.0.changed.send_replace(());
    }

    pub(super) fn set_global(&self, power: Power) {
        self.state().global = power;
        self.0.changed.send_replace(());
    }

    fn ahead(&self, zone: &ZoneName) -> Ahead {
        let state = self.state();
        match (state.links.get(zone), state.global) {
            (Some(Link { cut: None, severed, .. }), Power::Running) => Ahead::Open { severed: *severed },
            (Some(Link { cut: None, delay, .. }), Power::Idle) => Ahead::Refused { after: *delay * 2 },
            _ => Ahead::Nothing,
        }
    }

    fn severed(&self, zone: &ZoneName) -> u64 {
        self.state().links.get(zone).map_or(0, |link| link.severed)
    }

    /// What reaches global, from now on.
    pub(super) async fn listen(&self) -> io::Result<UnboundedReceiverStream<io::Result<Wire>>> {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        let (accepted, incoming) = mpsc::unbounded_channel();
        let network = self.clone();
        tokio::task::spawn_local(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let Some(zone) = ::turmoil::reverse_lookup(from.ip()).and_then(|host| ZoneName::new(host.strip_prefix("zone.")?).ok())
                else {
                    continue;
                };
                let wire = Wire { severed: network.severed(&zone), network: network.clone(), zone, stream };
                if accepted.send(Ok(wire)).is_err() {
                    return;
                }
            }
        });
        Ok(UnboundedReceiverStream::new(incoming))
    }
}

/// How a zone reaches global.
#[derive(Clone)]
pub(super) struct Dialler {
    pub(super) network: Network,
    pub(super) zone: ZoneName,
}

impl Connect for Dialler {
    type Stream = Wire;

    async fn connect(&self) -> io::Result<Wire> {
        let mut changed = self.network.0.changed.subscribe();
        loop {
            match self.network.ahead(&self.zone) {
                Ahead::Nothing if changed.changed().await.is_ok() => {}
                // The world has ended.
                Ahead::Nothing => std::future::pending().await,
                Ahead::Refused { after } => {
                    tokio::time::sleep(after).await;
                    return Err(io::ErrorKind::ConnectionRefused.into());
                }
                Ahead::Open { severed } => {
                    let stream = TcpStream::connect((GLOBAL, PORT)).await?;
                    let wire = Wire { network: self.network.clone(), zone: self.zone.clone(), severed, stream };
                    if !wire.is_dead() {
                        return Ok(wire);
                    }
                    // Its answer was lost, and is not sent again: the dial's time runs out.
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}

/// One end of a connection between a zone and global.
pub(super) struct Wire {
    network: Network,
    zone: ZoneName,
    /// How often the link had been severed when it connected.
    severed: u64,
    stream: TcpStream,
}

impl Wire {
    fn is_dead(&self) -> bool {
        self.network.severed(&self.zone) != self.severed
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Nobody will wake a reader of a dead connection: it hears nothing, until its own timers say that this is too long.
        if self.is_dead() { Poll::Pending } else { Pin::new(&mut self.stream).poll_read(context, into) }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_dead() { Poll::Ready(Ok(bytes.len())) } else { Pin::new(&mut self.stream).poll_write(context, bytes) }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_dead() { Poll::Ready(Ok(())) } else { Pin::new(&mut self.stream).poll_flush(context) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_dead() { Poll::Ready(Ok(())) } else { Pin::new(&mut self.stream).poll_shutdown(context) }
    }
}
