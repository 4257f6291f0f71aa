//! What is put on a link arrives, in time that follows from what the link is like; and equal seeds give equal times.
use std::{num::NonZeroU64, time::Duration};
use strait_core::{Seed, time::Mono};
use strait_scenarios::link::{Link, PACKET_BYTES, Share};
use strait_sim::pipe::Pipe;

const DELAY: Duration = Duration::from_millis(50);
const PLAIN: Link =
    Link { delay: DELAY, jitter: Duration::ZERO, loss: Share(0), burst: 0, duplicate: Share(0), reorder: Share(0), rate: None };

fn pipe(link: Link, seed: u64) -> Pipe {
    Pipe::new(link, Seed(seed).rng())
}

/// When each of so many packets arrives that are sent one every 10 ms.
fn arrivals(link: Link, seed: u64, packets: u64) -> Vec<u64> {
    let mut pipe = pipe(link, seed);
    (0..packets).map(|at| pipe.put(Mono(at * 10), PACKET_BYTES).0 - at * 10).collect()
}

#[test]
fn a_plain_link_only_delays() {
    assert!(arrivals(PLAIN, 1, 100).iter().all(|took| *took == 50));
    let jittery = arrivals(Link { jitter: Duration::from_millis(20), ..PLAIN }, 1, 1000);
    assert!(jittery.iter().all(|took| (50..=70).contains(took)));
    assert!(jittery.contains(&50) && jittery.contains(&70));
}

#[test]
fn a_rate_makes_messages_queue() {
    let mut pipe = pipe(Link { rate: NonZeroU64::new(1000), ..PLAIN }, 1);
    assert_eq!(pipe.put(Mono(0), 2000), Mono(2050));
    assert!(!pipe.is_clear(Mono(1999)));
    // The second waits for the first.
    assert_eq!(pipe.put(Mono(10), 500), Mono(2550));
    assert_eq!(pipe.clear_at(), Mono(2500));
    // Once clear, it is as quick as ever.
    assert_eq!(pipe.put(Mono(10_000), 100), Mono(10_150));
}

#[test]
fn what_is_lost_comes_again_and_costs_time() {
    let link = Link { loss: Share(100_000), ..PLAIN };
    let took = arrivals(link, 3, 20_000);
    let late = took.iter().filter(|took| **took > 50).count();
    assert!((1800..=2200).contains(&late), "{late} of 20000 were lost, 10 % should be");
    // A round trip and 200 ms, or that and twice that, and so on.
    let first = 50 + 300;
    assert!(took.iter().all(|took| [50, first, first + 600, first + 600 + 1200].contains(took) || *took > 2000), "{took:?}");
}

#[test]
fn bursts_lose_as_much_but_together() {
    let link = Link { loss: Share(50_000), burst: 10, ..PLAIN };
    let lost: Vec<bool> = arrivals(link, 5, 100_000).into_iter().map(|took| took > 50).collect();
    let total = lost.iter().filter(|lost| **lost).count();
    let bursts = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
    assert!((4000..=6000).contains(&total), "{total} of 100000 were lost, 5 % should be");
    assert!((8..=12).contains(&(total / bursts)), "{total} lost in {bursts} bursts");
}

#[test]
fn copies_cost_the_link_time_and_nothing_else() {
    let link = Link { duplicate: Share(500_000), rate: NonZeroU64::new(1_000_000), ..PLAIN };
    let mut pipe = pipe(link, 7);
    let last = (0..1000).map(|_| pipe.put(Mono(0), 1000)).last().unwrap();
    assert!((1450..=1650).contains(&last.0), "1 MB and half of it again took {last} at 1 MB/s");
    assert!(arrivals(Link { rate: None, ..link }, 7, 1000).iter().all(|took| *took == 50));
}

#[test]
fn some_go_ahead_without_their_delay() {
    let took = arrivals(Link { reorder: Share(250_000), ..PLAIN }, 9, 10_000);
    let ahead = took.iter().filter(|took| **took == 0).count();
    assert!((2300..=2700).contains(&ahead), "{ahead} of 10000 went ahead, 25 % should");
    assert!(took.iter().all(|took| [0, 50].contains(took)));
}

#[test]
fn equal_seeds_give_equal_times() {
    let link = Link {
        jitter: DELAY,
        loss: Share(20_000),
        burst: 3,
        duplicate: Share(10_000),
        reorder: Share(10_000),
        rate: NonZeroU64::new(100_000),
        ..PLAIN
    };
    assert_eq!(arrivals(link, 11, 5000), arrivals(link, 11, 5000));
    assert_ne!(arrivals(link, 11, 5000), arrivals(link, 12, 5000));
}
