//! One direction of a link: what chance, delay and rate do to a packet.
use super::{Carried, connections::Moment, packet::Flow};
use rand::{RngExt, rngs::ChaCha8Rng};
use std::{array, collections::BTreeMap, time::Duration};
use strait_core::Seed;
use strait_scenarios::{
    link::{Link, Losses, Share},
    world::CutHow,
};

/// A packet that would have to wait longer for its turn is lost, as in the queue of a router …
const LONGEST_QUEUE: Duration = Duration::from_secs(1);
/// … unless no more than so much is before it: slow links hold some packets too.
const SHORTEST_QUEUE_BYTES: f64 = 48_000.0;
/// When so many flows are remembered, those are forgotten of which nothing is under way.
const REMEMBERED_FLOWS: usize = 1024;

/// What a lane does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Lost,
    Carried {
        at: Duration,
        /// When a copy of it arrives.
        copy_at: Option<Duration>,
    },
}

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) cut: Option<CutHow>,
    /// When it was last severed.
    pub(super) severed: Moment,
    pub(super) carried: Carried,
    link: Link,
    rng: ChaCha8Rng,
    losses: Losses,
    /// When what it has taken so far has gone in.
    clear: Duration,
    /// When the last packet of each flow arrives: what follows does not overtake it.
    last: BTreeMap<Flow, Duration>,
}

impl Lane {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            cut: None,
            severed: Moment::default(),
            carried: Carried::default(),
            link: Link::default(),
            rng: seed.rng(),
            losses: Losses::default(),
            clear: Duration::ZERO,
            last: BTreeMap::new(),
        }
    }

    pub(super) fn set_link(&mut self, link: Link) {
        (self.link, self.losses) = (link, Losses::default());
    }

    pub(super) fn put(&mut self, now: Duration, flow: Flow, bytes: u64) -> Fate {
        // As many draws for every packet, whatever the link is like: to change one thing does not change what chance decides elsewhere.
        let [loss, duplicate, reorder, jitter, copy_jitter]: [f64; 5] = array::from_fn(|_| self.rng.random());
        let Some(sent) = self.transmit(now, bytes) else {
            return Fate::Lost;
        };
        if self.loses(loss) {
            return Fate::Lost;
        }
        let at = if happens(self.link.reorder, reorder) { sent } else { self.in_order(now, flow, sent, jitter) };
        let copy = if happens(self.link.duplicate, duplicate) { self.transmit(now, bytes) } else { None };
        let copy_at = copy.map(|sent| self.in_order(now, flow, sent, copy_jitter));
        Fate::Carried { at, copy_at }
    }

    /// When so many bytes have gone in, after what went before. `None`: the queue is full.
    fn transmit(&mut self, now: Duration, bytes: u64) -> Option<Duration> {
        let Some(rate) = self.link.rate else {
            return Some(now);
        };
        let rate = rate.get() as f64;
        let waits = self.clear.saturating_sub(now);
        if waits > LONGEST_QUEUE && waits.as_secs_f64() * rate > SHORTEST_QUEUE_BYTES {
            return None;
        }
        self.clear = now + waits + Duration::from_secs_f64(bytes as f64 / rate);
        Some(self.clear)
    }

    fn in_order(&mut self, now: Duration, flow: Flow, sent: Duration, jitter: f64) -> Duration {
        if self.last.len() >= REMEMBERED_FLOWS {
            self.last.retain(|_, last| *last > now);
        }
        let at = sent + self.link.delay + self.link.jitter.mul_f64(jitter);
        let last = self.last.entry(flow).or_default();
        *last = at.max(*last);
        *last
    }

    fn loses(&mut self, drawn: f64) -> bool {
        let lost = drawn < self.losses.next(&self.link);
        self.losses.note(lost);
        lost
    }
}

fn happens(share: Share, drawn: f64) -> bool {
    drawn < share.probability()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::packet::Protocol;
    use std::{
        net::{Ipv4Addr, SocketAddrV4},
        num::NonZeroU64,
    };

    const PACKETS: usize = 100_000;

    fn flow(port: u16) -> Flow {
        Flow {
            protocol: Protocol::Udp,
            source: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
            destination: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 80),
        }
    }

    fn milliseconds(number: usize) -> Duration {
        Duration::from_millis(u64::try_from(number).expect("it is small"))
    }

    /// What happens to packets of one flow, of 1000 bytes each, one each millisecond.
    fn fates(seed: u64, link: Link, packets: usize) -> Vec<Fate> {
        let mut lane = Lane::new(Seed(seed));
        lane.set_link(link);
        (0..packets).map(|number| lane.put(milliseconds(number), flow(1), 1000)).collect()
    }

    fn share(of: &[Fate], which: impl Fn(&Fate) -> bool) -> f64 {
        of.iter().filter(|fate| which(fate)).count() as f64 / of.len() as f64
    }

    #[test]
    fn one_seed_gives_the_same_decisions_and_another_one_others() {
        let link = Link {
            loss: Share(100_000),
            burst: 3,
            duplicate: Share(50_000),
            reorder: Share(50_000),
            jitter: Duration::from_millis(5),
            ..Link::default()
        };
        assert_eq!(fates(1, link, 1000), fates(1, link, 1000));
        assert_ne!(fates(1, link, 1000), fates(2, link, 1000));
    }

    #[test]
    fn what_is_lost_does_not_depend_on_the_rest_of_the_link() {
        let lossy = Link { loss: Share(100_000), ..Link::default() };
        let rich = Link { delay: Duration::from_millis(9), jitter: Duration::from_millis(9), duplicate: Share(500_000), ..lossy };
        let lost = |link| fates(1, link, 1000).iter().map(|fate| *fate == Fate::Lost).collect::<Vec<_>>();
        assert_eq!(lost(lossy), lost(rich));
    }

    #[test]
    fn so_many_are_lost_and_doubled_as_was_asked() {
        let link = Link { loss: Share(50_000), duplicate: Share(20_000), ..Link::default() };
        let fates = fates(3, link, PACKETS);
        let lost = share(&fates, |fate| *fate == Fate::Lost);
        let doubled = share(&fates, |fate| matches!(fate, Fate::Carried { copy_at: Some(_), .. }));
        assert!((0.045..0.055).contains(&lost), "{lost}");
        assert!((0.017..0.021).contains(&doubled), "{doubled}, of those that are not lost");
    }

    #[test]
    fn bursts_are_as_long_as_was_asked_and_lose_the_same_share() {
        let fates = fates(4, Link { loss: Share(50_000), burst: 4, ..Link::default() }, PACKETS);
        let lost = share(&fates, |fate| *fate == Fate::Lost);
        let bursts = fates.windows(2).filter(|two| two[0] != Fate::Lost && two[1] == Fate::Lost).count();
        let long = lost * fates.len() as f64 / bursts as f64;
        assert!((0.045..0.055).contains(&lost), "{lost}");
        assert!((3.7..4.3).contains(&long), "{long}");
    }

    #[test]
    fn jitter_lies_in_its_range_and_keeps_the_order_of_a_flow() {
        let link = Link { delay: Duration::from_millis(20), jitter: Duration::from_millis(5), ..Link::default() };
        let mut lane = Lane::new(Seed(5));
        lane.set_link(link);
        let (mut before, mut longest) = (Duration::ZERO, Duration::ZERO);
        for number in 0..1000 {
            let Fate::Carried { at, .. } = lane.put(milliseconds(number), flow(1), 1000) else { panic!("nothing is lost") };
            let took = at - milliseconds(number);
            assert!(at >= before && took >= link.delay && took <= link.delay + link.jitter, "{took:?}");
            (before, longest) = (at, longest.max(took));
        }
        assert!(longest > link.delay + link.jitter / 2);
    }

    #[test]
    fn what_is_reordered_overtakes_and_what_follows_waits_for_nobody_else() {
        let link = Link { delay: Duration::from_millis(20), reorder: Share(100_000), ..Link::default() };
        let fates = fates(6, link, PACKETS);
        let overtakes = fates
            .windows(2)
            .filter(|two| matches!(two, [Fate::Carried { at: first, .. }, Fate::Carried { at: second, .. }] if second < first))
            .count();
        let part = overtakes as f64 / fates.len() as f64;
        assert!((0.08..0.1).contains(&part), "{part}: of a tenth, those after one that was itself reordered overtake nobody");
    }

    #[test]
    fn a_rate_is_shared_by_all_flows_and_a_full_queue_loses() {
        let mut lane = Lane::new(Seed(7));
        lane.set_link(Link { rate: NonZeroU64::new(1_000_000), ..Link::default() });
        let at = |lane: &mut Lane, port| lane.put(Duration::ZERO, flow(port), 1000);
        let carried = |milliseconds| Fate::Carried { at: Duration::from_millis(milliseconds), copy_at: None };
        assert_eq!([at(&mut lane, 1), at(&mut lane, 2), at(&mut lane, 1)], [carried(1), carried(2), carried(3)]);
        let taken = (0..2000).filter(|_| at(&mut lane, 3) != Fate::Lost).count();
        assert!((997..=999).contains(&taken), "a second's worth, less what is in it: {taken}");
        assert_ne!(lane.put(Duration::from_secs(1), flow(3), 1000), Fate::Lost, "it has drained");
    }

    #[test]
    fn a_slow_link_holds_some_packets_however_long_they_take() {
        let mut lane = Lane::new(Seed(8));
        lane.set_link(Link { rate: NonZeroU64::new(1000), ..Link::default() });
        let taken = (0..1000).filter(|_| lane.put(Duration::ZERO, flow(1), 1000) != Fate::Lost).count();
        assert!((45..=50).contains(&taken), "{taken}");
    }

    #[test]
    fn a_shorter_delay_lets_nothing_overtake() {
        let mut lane = Lane::new(Seed(9));
        lane.set_link(Link { delay: Duration::from_millis(100), ..Link::default() });
        let first = lane.put(Duration::ZERO, flow(1), 1000);
        lane.set_link(Link::default());
        assert_eq!(lane.put(Duration::from_millis(1), flow(1), 1000), first);
        let other = Fate::Carried { at: Duration::from_millis(1), copy_at: None };
        assert_eq!(lane.put(Duration::from_millis(1), flow(2), 1000), other);
    }
}
