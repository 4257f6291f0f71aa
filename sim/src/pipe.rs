//! One direction of a link: when what is put on it arrives. It has no clock: time is handed in, and chance follows from the seed.
//!
//! What the words mean stands in `strait_scenarios::link`.
use rand::{RngExt, rngs::ChaCha8Rng};
use std::time::Duration;
use strait_core::time::Mono;
use strait_scenarios::link::{Link, Losses, PACKET_BYTES, Share};

/// On a link that has a rate, streams take turns after so much time, or so many bytes if that is less.
const TURN: Duration = Duration::from_millis(100);
const TURN_BYTES: u64 = 16 << 10;

/// One direction of a link.
#[derive(Debug)]
pub struct Pipe {
    link: Link,
    rng: ChaCha8Rng,
    /// When everything that was put on it is on its way, in microseconds.
    clear_us: u64,
    losses: Losses,
}

impl Pipe {
    /// A pipe on which nothing is.
    pub fn new(link: Link, rng: ChaCha8Rng) -> Self {
        Self { link, rng, clear_us: 0, losses: Losses::default() }
    }

    /// What is put on it from now on fares so.
    pub fn become_like(&mut self, link: Link) {
        (self.link, self.losses) = (link, Losses::default());
    }

    /// What it is like.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// How many bytes of one stream go at once, before another has its turn.
    pub fn turn_bytes(&self) -> u64 {
        let of = |rate: u64| (u128::from(rate) * TURN.as_millis() / 1000) as u64;
        self.link.rate.map_or(u64::MAX, |rate| of(rate.get()).clamp(PACKET_BYTES, TURN_BYTES))
    }

    /// Whether something can be put on it that begins to travel at once.
    pub fn is_clear(&self, now: Mono) -> bool {
        self.clear_us / 1000 <= now.0
    }

    /// When it is clear.
    pub fn clear_at(&self) -> Mono {
        Mono(self.clear_us / 1000)
    }

    /// Puts so many bytes of a stream on it, and says when the last of them arrives, if nothing on the stream goes before it.
    pub fn put(&mut self, now: Mono, bytes: u64) -> Mono {
        let takes = self.takes();
        if self.link.is_plain() {
            return now.after(takes);
        }
        let (mut left, mut arrived) = (bytes.max(1), 0);
        while left > 0 {
            let packet = left.min(PACKET_BYTES);
            left -= packet;
            arrived = arrived.max(self.put_packet(now, packet, takes));
        }
        Mono(arrived.div_ceil(1000))
    }

    /// How long one message is under way.
    pub fn takes(&mut self) -> Duration {
        let jitter = u64::try_from(self.link.jitter.as_millis()).unwrap_or(u64::MAX);
        self.link.delay + Duration::from_millis(if jitter == 0 { 0 } else { self.rng.random_range(0..=jitter) })
    }

    /// When a packet arrives, in microseconds.
    fn put_packet(&mut self, now: Mono, bytes: u64, takes: Duration) -> u64 {
        let mut at = self.carry(now, bytes);
        if !self.chance(self.link.reorder) {
            at += micros(takes);
        }
        if self.chance(self.link.duplicate) {
            self.carry(now, bytes);
        }
        let mut wait = self.link.resend_after();
        let mut lost = self.loses();
        while lost {
            at += micros(wait);
            wait *= 2;
            self.carry(now, bytes);
            // A burst is over by the time at which a packet is sent again.
            lost = self.chance(self.link.loss);
        }
        at
    }

    /// The link carries so many bytes, after what it has to carry already. Returns when it is through.
    fn carry(&mut self, now: Mono, bytes: u64) -> u64 {
        let begins = self.clear_us.max(now.0 * 1000);
        if let Some(rate) = self.link.rate {
            self.clear_us = begins + (bytes * 1_000_000).div_ceil(rate.get());
            return self.clear_us;
        }
        now.0 * 1000
    }

    fn chance(&mut self, share: Share) -> bool {
        share > Share(0) && self.rng.random_range(0..1_000_000) < share.0
    }

    fn loses(&mut self) -> bool {
        // A link that loses nothing draws nothing.
        let lost = self.link.loss > Share(0) && self.rng.random_bool(self.losses.next(&self.link));
        self.losses.note(lost);
        lost
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
