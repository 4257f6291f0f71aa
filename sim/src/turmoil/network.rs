//! Byte streams over turmoil's network, with what a kernel does and turmoil does not.
//!
//! | what | turmoil alone | here |
//! | --- | --- | --- |
//! | connecting over a link that is cut | fails at once | waits for the heal |
//! | connecting to a host without power | waits for its return | the same, whatever its link does |
//! | connecting to a host whose process is gone | waits for its return | is refused after a round trip |
//! | a connection over a link that was severed | goes on after the heal, with a gap | never works again, and nobody is told |
//! | one way of a link that is cut | loses what is sent; connecting still works | what is sent waits (or is lost); connecting needs both ways |
use super::host::{Shared, locked};
use crate::cuts::Cuts;
use ::turmoil::net::{TcpListener, TcpStream};
use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};
use strait_core::resource::ZoneName;
use strait_scenarios::{
    event::NodeId,
    world::{CutHow, Direction},
};
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

/// The link between global and one zone control plane.
#[derive(Clone, Debug)]
struct Link {
    /// Which.
    to: NodeId,
    delay: Duration,
    cuts: Cuts,
    /// How often each way was severed. What was connected before is dead that way.
    severed: Severed,
}

/// How often each way of a link was severed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Severed {
    down: u64,
    up: u64,
}

impl Severed {
    fn count(&mut self, way: Direction) -> &mut u64 {
        match way {
            Direction::Down => &mut self.down,
            Direction::Up => &mut self.up,
        }
    }
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
    /// Readers that wait for the heal of a link.
    waiting: Vec<Waker>,
}

/// What a dial meets.
enum Ahead {
    Nothing,
    Open { severed: Severed },
    Refused { after: Duration },
}

impl Network {
    pub(super) fn new(delays: impl Iterator<Item = (NodeId, Duration)>) -> Self {
        let plain = |to: NodeId, delay| Link { to, delay, cuts: Cuts::default(), severed: Severed::default() };
        let links = delays.filter_map(|(to, delay)| Some((to.link()?.clone(), plain(to, delay)))).collect();
        Self(Arc::new(Inner {
            state: Mutex::new(State { links, global: Power::Running, waiting: Vec::new() }),
            changed: watch::channel(()).0,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn cuts_of(&self, zone: &ZoneName) -> Cuts {
        self.state().links.get(zone).map(|link| link.cuts).unwrap_or_default()
    }

    /// Says how one way of a link is cut from now on.
    pub(super) fn cut(&self, zone: &ZoneName, way: Direction, how: CutHow) {
        if let Some(link) = self.state().links.get_mut(zone) {
            link.cuts.set(way, how);
            *link.severed.count(way) += u64::from(how == CutHow::Sever);
        }
        self.changed();
    }

    /// Says that a link is whole again.
    pub(super) fn heal(&self, zone: &ZoneName) {
        if let Some(link) = self.state().links.get_mut(zone) {
            link.cuts = Cuts::default();
        }
        self.changed();
    }

    fn changed(&self) {
        let waiting = std::mem::take(&mut self.state().waiting);
        waiting.into_iter().for_each(Waker::wake);
        self.0.changed.send_replace(());
    }

    pub(super) fn set_global(&self, power: Power) {
        self.state().global = power;
        self.changed();
    }

    fn ahead(&self, zone: &ZoneName) -> Ahead {
        let state = self.state();
        match (state.links.get(zone), state.global) {
            (Some(link), Power::Running) if link.cuts.is_whole() => Ahead::Open { severed: link.severed },
            (Some(link), Power::Idle) if link.cuts.is_whole() => Ahead::Refused { after: link.delay * 2 },
            _ => Ahead::Nothing,
        }
    }

    /// Who is at the end of a link that is not global's.
    fn at_the_end_of(&self, zone: &ZoneName) -> Option<NodeId> {
        self.state().links.get(zone).map(|link| link.to.clone())
    }

    fn severed(&self, zone: &ZoneName) -> Severed {
        self.state().links.get(zone).map(|link| link.severed).unwrap_or_default()
    }

    /// What reaches global, from now on. Who dials is noted, in the same order.
    pub(super) async fn listen(&self, callers: Shared<Vec<NodeId>>) -> io::Result<UnboundedReceiverStream<io::Result<Wire>>> {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
        let (accepted, incoming) = mpsc::unbounded_channel();
        let network = self.clone();
        tokio::task::spawn_local(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let Some(zone) = ::turmoil::reverse_lookup(from.ip()).and_then(|host| ZoneName::new(host.strip_prefix("zone.")?).ok())
                else {
                    continue;
                };
                locked(&callers).extend(network.at_the_end_of(&zone));
                let wire = Wire { severed: network.severed(&zone), network: network.clone(), zone, hears: Direction::Up, stream };
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
                    // An answer behind a cut waits for the heal.
                    while !self.network.cuts_of(&self.zone).is_whole() && changed.changed().await.is_ok() {}
                    if self.network.severed(&self.zone) != severed {
                        // It was lost, and is not sent again: the dial's time runs out.
                        std::future::pending::<()>().await;
                    }
                    return Ok(Wire { network: self.network.clone(), zone: self.zone.clone(), severed, hears: Direction::Down, stream });
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
    severed: Severed,
    /// The way by which this end is reached.
    hears: Direction,
    stream: TcpStream,
}

impl Wire {
    fn is_dead(&self, way: Direction) -> bool {
        *self.network.severed(&self.zone).count(way) != *self.severed.clone().count(way)
    }

    fn says(&self) -> Direction {
        match self.hears {
            Direction::Down => Direction::Up,
            Direction::Up => Direction::Down,
        }
    }

    /// Nothing reaches this end now. Whoever reads is woken when that may have changed.
    fn is_cut_off(&self, context: &Context<'_>) -> bool {
        let mut state = self.network.state();
        let cut = state.links.get(&self.zone).is_some_and(|link| link.cuts.get(self.hears).is_some());
        if cut {
            state.waiting.push(context.waker().clone());
        }
        cut
    }

    /// That the other end knows of no connection is heard only over a link that works.
    fn is_told(&self) -> bool {
        !self.is_dead(self.hears) && self.network.cuts_of(&self.zone).get(self.hears).is_none()
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // Nobody will wake a reader whose way is dead: it hears nothing, until its own timers say that this is too long.
        if self.is_dead(self.hears) || self.is_cut_off(context) {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_dead(self.says()) {
            return Poll::Ready(Ok(bytes.len()));
        }
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Ready(Err(_)) if !self.is_told() => Poll::Ready(Ok(bytes.len())),
            written => written,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_dead(self.says()) { Poll::Ready(Ok(())) } else { Pin::new(&mut self.stream).poll_flush(context) }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_dead(self.says()) {
            return Poll::Ready(Ok(()));
        }
        match Pin::new(&mut self.stream).poll_shutdown(context) {
            Poll::Ready(Err(_)) if !self.is_told() => Poll::Ready(Ok(())),
            shut => shut,
        }
    }
}
