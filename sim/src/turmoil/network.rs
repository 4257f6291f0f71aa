//! Byte streams over turmoil's network, with what a kernel does and turmoil does not.
//!
//! | what | turmoil alone | here |
//! | --- | --- | --- |
//! | connecting over a link that is cut | fails at once | waits for the heal |
//! | connecting to a host without power | waits for its return | the same, whatever its link does |
//! | connecting to a host whose process is gone | waits for its return | is refused after a round trip |
//! | a connection over a link that was severed | goes on after the heal, with a gap | never works again, and nobody is told |
//! | one way of a link that is cut | loses what is sent; connecting still works | what is sent waits (or is lost); connecting needs both ways |
use super::{
    host::{Shared, locked},
    wire::Wire,
};
use crate::pipe::Pipe;
use ::turmoil::net::{TcpListener, TcpStream};
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
    time::Duration,
};
use strait_core::{Seed, resource::ZoneName, time::Mono};
use strait_scenarios::{
    cuts::Cuts,
    event::NodeId,
    world::{CutHow, Direction, Link},
};
use strait_shell::kds::Connect;
use tokio::sync::{mpsc, watch};
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

/// A link as turmoil has it: with one delay for all segments.
fn without_jitter(link: Link) -> Link {
    Link { jitter: Duration::ZERO, ..link }
}

/// The link between global and one zone control plane.
#[derive(Debug)]
struct Path {
    /// Which.
    to: NodeId,
    delay: Duration,
    /// What the link does to bytes beside delaying them.
    down: Pipe,
    up: Pipe,
    cuts: Cuts,
    /// How often each way was severed. What was connected before is dead that way.
    severed: Severed,
}

/// How often each way of a link was severed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Severed {
    down: u64,
    up: u64,
}

impl Severed {
    pub(super) fn count(&mut self, way: Direction) -> &mut u64 {
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
    links: BTreeMap<ZoneName, Path>,
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
    /// Links that are like this, with the seeds of their chances, and who is at their ends.
    pub(super) fn new(links: impl Iterator<Item = (Link, Seed, NodeId)>) -> Self {
        let path = |(link, seed, to): (Link, Seed, NodeId)| {
            let link = without_jitter(link);
            let (down, up) = (Pipe::new(link, seed.fork("down").rng()), Pipe::new(link, seed.fork("up").rng()));
            let name = to.link()?.clone();
            Some((name, Path { to, delay: link.delay, down, up, cuts: Cuts::default(), severed: Severed::default() }))
        };
        let links = links.filter_map(path).collect();
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

    /// Says what a link is like from now on.
    pub(super) fn become_like(&self, zone: &ZoneName, link: Link) {
        let link = without_jitter(link);
        if let Some(path) = self.state().links.get_mut(zone) {
            path.delay = link.delay;
            path.down.become_like(link);
            path.up.become_like(link);
        }
    }

    /// Whether bytes over this link are only delayed, which turmoil does.
    pub(super) fn is_plain(&self, zone: &ZoneName) -> bool {
        self.state().links.get(zone).is_none_or(|path| path.down.link().is_plain())
    }

    /// When so many bytes that turmoil has brought over a link have been carried by it.
    pub(super) fn carried(&self, zone: &ZoneName, way: Direction, now: Mono, bytes: u64) -> Mono {
        let mut state = self.state();
        let Some(path) = state.links.get_mut(zone) else {
            return now;
        };
        let delay = u64::try_from(path.delay.as_millis()).unwrap_or(u64::MAX);
        let pipe = match way {
            Direction::Down => &mut path.down,
            Direction::Up => &mut path.up,
        };
        // The delay has passed already.
        Mono(pipe.put(now, bytes).0.saturating_sub(delay)).max(now)
    }

    /// Whether this way of a link is cut. Then whoever reads is woken when that may have changed.
    pub(super) fn waits_for_heal(&self, zone: &ZoneName, way: Direction, context: &Context<'_>) -> bool {
        let mut state = self.state();
        let cut = state.links.get(zone).is_some_and(|path| path.cuts.get(way).is_some());
        if cut {
            state.waiting.push(context.waker().clone());
        }
        cut
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
        self.state().links.get(zone).map(|path| path.to.clone())
    }

    pub(super) fn severed(&self, zone: &ZoneName) -> Severed {
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
                let severed = network.severed(&zone);
                let wire = Wire::new(network.clone(), zone, severed, Direction::Up, stream);
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
                    return Ok(Wire::new(self.network.clone(), self.zone.clone(), severed, Direction::Down, stream));
                }
            }
        }
    }
}
