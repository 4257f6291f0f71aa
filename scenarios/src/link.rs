//! What a link is like while it is not cut: the words of tc-netem, with what they mean under TCP.
//!
//! A link carries byte streams, and kernels make up for what it does to packets. So nothing is lost, doubled or out of order for
//! the two ends: all that shows is time.
//!
//! | word | what it does |
//! | --- | --- |
//! | delay, jitter | how long a message is under way, and what is added to that by chance; messages of one connection stay in order |
//! | loss, burst | a lost packet is sent again after a round trip and 200 ms, twice that the next time; what follows waits behind it |
//! | duplicate | the copy of a packet takes its time on a link that has a rate, and is then dropped |
//! | reorder | a packet goes ahead without its delay; what went before it on its connection is still waited for |
//! | rate | each direction carries so many bytes in a second, of all connections together, one after the other |
use std::{num::NonZeroU64, time::Duration};

/// So many bytes of a stream go into one packet.
pub const PACKET_BYTES: u64 = 1460;
/// A kernel does not take a packet for lost sooner than this after a round trip (Linux: `TCP_RTO_MIN`).
const RESEND_AFTER: Duration = Duration::from_millis(200);
/// What is left to worse luck than one in so many is no part of a bound.
const ONE_IN: f64 = 10_000.0;

/// Whether packets are lost one after the other: Gilbert and Elliott's model, for one direction of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// The packet before was lost, and the burst may go on.
    bursting: bool,
}

impl Losses {
    /// How likely the next packet is lost.
    pub fn next(self, link: &Link) -> f64 {
        let loss = link.loss.probability();
        let burst = f64::from(link.burst.max(1));
        match (link.burst > 1, self.bursting) {
            _ if loss == 0.0 => 0.0,
            (false, _) => loss,
            (true, true) => 1.0 - 1.0 / burst,
            // So often that in the long run the right share is lost.
            (true, false) => (loss / (burst * (1.0 - loss))).clamp(0.0, 1.0),
        }
    }

    /// Whether it was.
    pub fn note(&mut self, lost: bool) {
        self.bursting = lost;
    }
}

/// A part of all packets, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub u32);

impl Share {
    /// As a probability.
    pub fn probability(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

/// What a link between global and a zone is like, both ways, when it is not cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// One way.
    pub delay: Duration,
    /// Added to each delay, uniformly from zero. Messages of one connection stay in order.
    pub jitter: Duration,
    /// How many packets are lost.
    pub loss: Share,
    /// How many packets are lost one after the other, on average (Gilbert and Elliott's model); 0 and 1: each by itself.
    pub burst: u32,
    /// How many packets arrive twice.
    pub duplicate: Share,
    /// How many packets go ahead without their delay.
    pub reorder: Share,
    /// Bytes per second in each direction; `None`: any number.
    pub rate: Option<NonZeroU64>,
}

impl Link {
    /// Nothing but a delay, and perhaps jitter: all packets fare alike.
    pub fn is_plain(&self) -> bool {
        *self == Self { delay: self.delay, jitter: self.jitter, ..Self::default() }
    }

    /// There and back, at the longest, if nothing is lost.
    pub fn round_trip(&self) -> Duration {
        (self.delay + self.jitter) * 2
    }

    /// When a kernel first sends a lost packet again; each further time it waits twice as long.
    pub fn resend_after(&self) -> Duration {
        self.round_trip() + RESEND_AFTER
    }

    /// What losses may add to a round trip, but for very bad luck.
    pub fn resending(&self) -> Duration {
        if self.loss == Share(0) {
            return Duration::ZERO;
        }
        let mut unlikely = 1.0;
        let (mut wait, mut whole) = (self.resend_after(), Duration::ZERO);
        while unlikely * ONE_IN > 1.0 {
            unlikely *= self.loss.probability();
            whole += wait;
            wait *= 2;
        }
        whole * 2
    }

    /// How long so many bytes take in one direction, copies and what is sent again included.
    pub fn transmit(&self, bytes: u64) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        let again = 1.0 + self.duplicate.probability() + self.loss.probability() / (1.0 - self.loss.probability()).max(0.1);
        Duration::from_secs_f64(bytes as f64 * again / rate.get() as f64)
    }
}
