//! The thread that carries packets.
use super::{
    matrix::{Exit, Flight, Matrix},
    packet::Packet,
    port::{LARGEST_FRAME, Port},
};
use crate::{SiteId, sys};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, ppoll},
    sys::{
        eventfd::{EfdFlags, EventFd},
        prctl,
        time::TimeSpec,
    },
};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io,
    os::fd::AsFd,
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender, TryRecvError},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// So many frames are taken from one port before the next one has its turn, and before what is due is sent.
const FRAMES_OF_A_TURN: usize = 64;
/// So many packets wait for the heal of stalled links; the kernels send again what does not fit.
const HELD_PACKETS: usize = 4096;
/// What is under way in all links together takes at most so much memory; what comes then is lost.
const UNDER_WAY_BYTES: usize = 256 << 20;

type Order = Box<dyn FnOnce(&mut Matrix) + Send>;

/// It runs until this is dropped.
#[derive(Debug)]
pub(super) struct Emulator {
    /// `None` only while dropping.
    orders: Option<Sender<Order>>,
    wake: Arc<EventFd>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// `ports` in the order of the sites.
    pub(super) fn start(ports: Vec<Port>, matrix: Matrix) -> io::Result<Self> {
        let (orders, ordered) = mpsc::channel();
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?);
        let mut running = Running {
            ports,
            matrix,
            ordered,
            wake: Arc::clone(&wake),
            begin: Instant::now(),
            under_way: BinaryHeap::new(),
            held: Vec::new(),
            under_way_bytes: 0,
            count: 0,
        };
        let thread = thread::Builder::new().name("wan".to_owned()).spawn(move || running.run())?;
        Ok(Self { orders: Some(orders), wake, thread: Some(thread) })
    }

    /// Does something to the matrix, between two packets, and waits until it is done.
    pub(super) fn order<T: Send + 'static>(&self, order: impl FnOnce(&mut Matrix) -> T + Send + 'static) -> T {
        let (answer, answered) = mpsc::channel();
        let order = move |matrix: &mut Matrix| _ = answer.send(order(matrix));
        if let Some(orders) = &self.orders {
            _ = orders.send(Box::new(order));
        }
        self.wake_up();
        match answered.recv() {
            Ok(answer) => answer,
            Err(_) => panic!("the thread of the WAN has ended: it or the order has panicked, as said before"),
        }
    }

    fn wake_up(&self) {
        // It fails only when it has been woken so many times that it will wake anyhow.
        _ = self.wake.write(1);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.orders = None;
        self.wake_up();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

struct Running {
    ports: Vec<Port>,
    matrix: Matrix,
    ordered: Receiver<Order>,
    wake: Arc<EventFd>,
    begin: Instant,
    under_way: BinaryHeap<Reverse<UnderWay>>,
    /// What waits for a heal, in the order in which it would have arrived.
    held: Vec<UnderWay>,
    under_way_bytes: usize,
    /// Of packets so far: of two that arrive at one time, the earlier goes first.
    count: u64,
}

impl Running {
    fn run(&mut self) {
        // The kernel otherwise wakes it up to 50 µs late, to save power.
        let promptly = prctl::set_timerslack(1).map_err(io::Error::from).and_then(|()| sys::run_promptly());
        if let Err(why) = promptly {
            tracing::warn!(%why, "delays of the WAN are less exact: the kernel does not wake its thread promptly");
        }
        let mut frame = vec![0; LARGEST_FRAME];
        loop {
            match self.ordered.try_recv() {
                Ok(order) => {
                    order(&mut self.matrix);
                    for mut held in std::mem::take(&mut self.held) {
                        self.under_way_bytes -= held.frame.len();
                        self.send(&held.flight, &mut held.frame);
                    }
                    continue;
                }
                Err(TryRecvError::Disconnected) => return,
                Err(TryRecvError::Empty) => {}
            }
            self.deliver();
            let mut may_be_more = false;
            for site in 0..self.ports.len() {
                may_be_more |= self.take(SiteId(site), &mut frame);
            }
            if !may_be_more {
                self.wait();
            }
        }
    }

    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    /// Sends what is due.
    fn deliver(&mut self) {
        let now = self.now();
        while self.under_way.peek().is_some_and(|Reverse(next)| next.at <= now) {
            let Some(Reverse(mut next)) = self.under_way.pop() else { return };
            self.under_way_bytes -= next.frame.len();
            self.send(&next.flight, &mut next.frame);
        }
    }

    /// Takes what has come out of a site. Returns whether there may be more.
    fn take(&mut self, site: SiteId, frame: &mut [u8]) -> bool {
        for _ in 0..FRAMES_OF_A_TURN {
            let Some(length) = self.ports[site.0].receive(frame) else { return false };
            let frame = &mut frame[..length];
            let Some(packet) = Packet::read(frame) else { continue };
            let now = self.now();
            let Some(way) = self.matrix.enters(now, site, &packet) else { continue };
            let is_next = self.under_way.peek().is_none_or(|Reverse(next)| next.at > now);
            if let Some(copy_at) = way.copy_at {
                self.keep(copy_at, way.flight, frame);
            }
            if way.at <= now && is_next {
                self.send(&way.flight, frame);
            } else {
                self.keep(way.at, way.flight, frame);
            }
        }
        true
    }

    fn keep(&mut self, at: Duration, flight: Flight, frame: &[u8]) {
        if self.under_way_bytes + frame.len() > UNDER_WAY_BYTES {
            self.matrix.overflows(&flight);
            return;
        }
        self.count += 1;
        self.under_way_bytes += frame.len();
        self.under_way.push(Reverse(UnderWay { at, number: self.count, flight, frame: frame.into() }));
    }

    fn send(&mut self, flight: &Flight, frame: &mut [u8]) {
        match self.matrix.leaves(flight) {
            Exit::Out if !self.ports[flight.to.0].send(frame) => self.matrix.was_refused(flight),
            Exit::Out | Exit::Lost => {}
            Exit::Waits => self.hold(*flight, frame),
        }
    }

    fn hold(&mut self, flight: Flight, frame: &[u8]) {
        if self.held.len() >= HELD_PACKETS || self.under_way_bytes + frame.len() > UNDER_WAY_BYTES {
            self.matrix.overflows(&flight);
            return;
        }
        self.count += 1;
        self.under_way_bytes += frame.len();
        self.held.push(UnderWay { at: Duration::ZERO, number: self.count, flight, frame: frame.into() });
    }

    /// Until something comes out of a site, something is due, or there is an order.
    fn wait(&self) {
        let due = self.under_way.peek().map(|Reverse(next)| TimeSpec::from_duration(next.at.saturating_sub(self.now())));
        let fds = self.ports.iter().map(Port::as_fd).chain([self.wake.as_fd()]);
        let mut fds: Vec<PollFd<'_>> = fds.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
        match ppoll(&mut fds, due, None) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(why) => panic!("the WAN cannot wait for packets: {why}"),
        }
        // Nothing to read: it was not woken.
        _ = self.wake.read();
    }
}

/// A packet that is under way.
#[derive(Debug)]
struct UnderWay {
    at: Duration,
    number: u64,
    flight: Flight,
    frame: Box<[u8]>,
}

impl Ord for UnderWay {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for UnderWay {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for UnderWay {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for UnderWay {}
