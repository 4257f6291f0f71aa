//! Delay and jitter.
use crate::{
    cases::Case,
    ends::{A, B, HOST_A, HOST_B, SOON, datagrams, two_sites},
};
use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};
use strait_scenarios::link::Link;

pub(crate) const CASES: &[Case] = &[
    ("a_delay_holds_in_its_direction_alone", a_delay_holds_in_its_direction_alone),
    ("jitter_adds_to_the_delay_within_its_range", jitter_adds_to_the_delay_within_its_range),
    ("a_delay_is_changed_while_packets_flow", a_delay_is_changed_while_packets_flow),
];

/// The slack is a busy machine's: how exact it is, the bench says.
const SLACK: Duration = Duration::from_millis(100);

fn takes(from: &UdpSocket, to: &UdpSocket) -> Duration {
    let begin = Instant::now();
    from.send_to(b"x", to.local_addr().unwrap()).unwrap();
    to.set_read_timeout(Some(SOON)).unwrap();
    to.recv(&mut [0; 10]).unwrap();
    begin.elapsed()
}

/// The shortest of several: what a busy machine adds, it does not add each time.
fn shortest(from: &UdpSocket, to: &UdpSocket) -> Duration {
    (0..10).map(|_| takes(from, to)).min().unwrap()
}

fn delay(milliseconds: u64) -> Link {
    Link { delay: Duration::from_millis(milliseconds), ..Link::default() }
}

fn a_delay_holds_in_its_direction_alone() {
    let network = two_sites(1);
    network.wan().set_link(A, B, delay(200)).unwrap();
    let (a, b) = (datagrams(&network, HOST_A), datagrams(&network, HOST_B));
    let (there, back) = (shortest(&a, &b), shortest(&b, &a));
    assert!(there >= Duration::from_millis(200) && there < Duration::from_millis(200) + SLACK, "{there:?}");
    assert!(back < SLACK, "{back:?}");
}

fn jitter_adds_to_the_delay_within_its_range() {
    let network = two_sites(1);
    let link = Link { delay: Duration::from_millis(20), jitter: Duration::from_millis(40), ..Link::default() };
    network.wan().set_link(A, B, link).unwrap();
    let (a, b) = (datagrams(&network, HOST_A), datagrams(&network, HOST_B));
    let mut all: Vec<Duration> = (0..50).map(|_| takes(&a, &b)).collect();
    all.sort();
    assert!(all[0] >= link.delay, "{:?}", all[0]);
    let middle = all[25];
    assert!(middle > Duration::from_millis(30) && middle < Duration::from_millis(50) + SLACK, "{middle:?}");
}

fn a_delay_is_changed_while_packets_flow() {
    let network = two_sites(1);
    let (a, b) = (datagrams(&network, HOST_A), datagrams(&network, HOST_B));
    for milliseconds in [0, 150, 300, 0] {
        network.wan().set_link(A, B, delay(milliseconds)).unwrap();
        let took = shortest(&a, &b);
        let asked = Duration::from_millis(milliseconds);
        assert!(took >= asked && took < asked + SLACK, "{took:?} instead of {asked:?}");
    }
}
