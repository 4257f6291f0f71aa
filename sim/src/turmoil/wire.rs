//! One end of a connection between a zone and global, as cuts and links leave it.
use super::network::{Network, Severed};
use ::turmoil::net::TcpStream;
use std::{
    collections::VecDeque,
    future::Future as _,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use strait_core::{resource::ZoneName, time::Mono};
use strait_scenarios::{link::PACKET_BYTES, world::Direction};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// So far ahead is it settled what the link will carry. The rest waits in the kernels: what a connection that ends leaves there is
/// never carried. Longer than a tick, so that the link has no gaps.
const AHEAD: Duration = Duration::from_millis(20);

/// One end of a connection between a zone and global.
pub(super) struct Wire {
    network: Network,
    zone: ZoneName,
    /// How often the link had been severed when it connected.
    severed: Severed,
    /// The way by which this end is reached.
    hears: Direction,
    held: Held,
    stream: TcpStream,
}

/// What has come, and the link has not carried yet.
#[derive(Default)]
struct Held {
    pieces: VecDeque<(Mono, Vec<u8>)>,
    /// Nothing comes after it; with an error, if the other end broke off.
    end: Option<io::Result<()>>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    pub(super) fn new(network: Network, zone: ZoneName, severed: Severed, hears: Direction, stream: TcpStream) -> Self {
        Self { network, zone, severed, hears, held: Held::default(), stream }
    }

    /// Takes what turmoil brings, as far as a kernel would.
    fn take(&mut self, context: &mut Context<'_>) {
        while self.held.has_room() {
            let mut piece = [0; PACKET_BYTES as usize];
            let mut piece = ReadBuf::new(&mut piece);
            match Pin::new(&mut self.stream).poll_read(context, &mut piece) {
                Poll::Pending => return,
                Poll::Ready(Err(error)) => self.held.end = Some(Err(error)),
                Poll::Ready(Ok(())) if piece.filled().is_empty() => self.held.end = Some(Ok(())),
                Poll::Ready(Ok(())) => {
                    let piece = piece.filled().to_vec();
                    let due = self.network.carried(&self.zone, self.hears, now(), piece.len() as u64);
                    self.held.add(due, piece);
                }
            }
        }
    }

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
        self.network.waits_for_heal(&self.zone, self.hears, context)
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
        if self.held.is_empty() && self.network.is_plain(&self.zone) {
            return Pin::new(&mut self.stream).poll_read(context, into);
        }
        self.take(context);
        let read = self.held.poll_read(context, into);
        if read.is_ready() {
            // There may be room again, and what comes then must wake the reader.
            self.take(context);
        }
        read
    }
}

impl Held {
    fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.end.is_none()
    }

    fn has_room(&self) -> bool {
        self.end.is_none() && self.pieces.back().is_none_or(|(due, _)| *due <= now().after(AHEAD))
    }

    fn add(&mut self, due: Mono, piece: Vec<u8>) {
        let due = self.pieces.back().map_or(due, |(before, _)| due.max(*before));
        self.pieces.push_back((due, piece));
    }

    fn poll_read(&mut self, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some((due, piece)) = self.pieces.front_mut() else {
            return match &self.end {
                None => Poll::Pending,
                Some(Ok(())) => Poll::Ready(Ok(())),
                Some(Err(error)) => Poll::Ready(Err(error.kind().into())),
            };
        };
        let left = due.since(now());
        if !left.is_zero() {
            let mut timer = Box::pin(sleep_until(Instant::now() + left));
            // Polled once, it wakes the reader.
            let elapsed = timer.as_mut().poll(context);
            self.timer = Some(timer);
            if elapsed.is_pending() {
                return Poll::Pending;
            }
        }
        let taken: Vec<u8> = piece.drain(..piece.len().min(into.remaining())).collect();
        into.put_slice(&taken);
        self.pieces.pop_front_if(|(_, piece)| piece.is_empty());
        Poll::Ready(Ok(()))
    }
}

/// The world's time.
fn now() -> Mono {
    Mono(0).after(::turmoil::sim_elapsed().unwrap_or_default())
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
