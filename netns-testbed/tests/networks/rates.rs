//! Rates.
use crate::{
    cases::Case,
    ends::{A, B, HOST_B, SOON, comes, connect, listen, two_sites},
};
use std::{
    io::{Read, Write},
    num::NonZeroU64,
    thread,
    time::{Duration, Instant},
};
use strait_scenarios::link::Link;

pub(crate) const CASES: &[Case] = &[
    ("no_more_gets_through_than_the_rate", no_more_gets_through_than_the_rate),
    ("a_rate_applies_to_packets_and_not_to_large_sends", a_rate_applies_to_packets_and_not_to_large_sends),
];

fn rate(bytes_per_second: u64) -> Link {
    Link { rate: NonZeroU64::new(bytes_per_second), ..Link::default() }
}

fn no_more_gets_through_than_the_rate() {
    const BYTES: usize = 1_000_000;
    let network = two_sites(1);
    network.wan().set_link(A, B, rate(1_000_000)).unwrap();
    let (mut dialled, mut accepted) = connect(&network, &listen(&network, HOST_B));
    let begin = Instant::now();
    let writer = thread::spawn(move || dialled.write_all(&vec![7; BYTES]));
    accepted.set_read_timeout(Some(SOON)).unwrap();
    accepted.read_exact(&mut vec![0; BYTES]).unwrap();
    let took = begin.elapsed();
    writer.join().unwrap().unwrap();
    assert!(took >= Duration::from_millis(990) && took < Duration::from_secs(5), "{took:?}");
}

fn a_rate_applies_to_packets_and_not_to_large_sends() {
    let network = two_sites(1);
    network.wan().set_link(A, B, rate(10_000)).unwrap();
    let (mut dialled, mut accepted) = connect(&network, &listen(&network, HOST_B));
    let begin = Instant::now();
    // A kernel begins with ten packets at once: in one piece they would take 1.4 s before the first byte came out, in packets 0.15 s.
    dialled.write_all(&[7; 14_000]).unwrap();
    assert!(comes(&mut accepted, SOON));
    let took = begin.elapsed();
    assert!(took < Duration::from_millis(900), "{took:?}");
}
