//! Losses, bursts, duplicates and reordering, decided from a seed.
use crate::{
    cases::{Case, until},
    ends::{A, B, HOST_A, HOST_B, SOON, connect, datagrams, link_both, listen, two_sites},
};
use std::{
    io::{Read, Write},
    thread,
    time::Duration,
};
use strait_netns_testbed::{Carried, Network};
use strait_scenarios::link::{Link, Share};

pub(crate) const CASES: &[Case] = &[
    ("so_many_packets_are_lost_as_was_asked", so_many_packets_are_lost_as_was_asked),
    ("one_seed_loses_the_same_packets_and_another_one_others", one_seed_loses_the_same_packets_and_another_one_others),
    ("a_duplicate_arrives_twice", a_duplicate_arrives_twice),
    ("what_is_reordered_arrives_before_what_was_sent_earlier", what_is_reordered_arrives_before_what_was_sent_earlier),
    ("tcp_makes_up_for_everything", tcp_makes_up_for_everything),
];

/// Sends numbers from A to B, and returns those that arrived, in order, when all have arrived or are lost.
fn numbers_that_arrive(network: &Network, count: u32) -> Vec<u32> {
    let (a, b) = (datagrams(network, HOST_A), datagrams(network, HOST_B));
    let to = b.local_addr().unwrap();
    b.set_nonblocking(true).unwrap();
    let mut arrived = Vec::new();
    let take = |arrived: &mut Vec<u32>| {
        let mut number = [0; 4];
        while let Ok(4) = b.recv(&mut number) {
            arrived.push(u32::from_be_bytes(number));
        }
    };
    for number in 0..count {
        a.send_to(&number.to_be_bytes(), to).unwrap();
        // No more at once than the buffers of kernels hold.
        if number % 64 == 63 || number + 1 == count {
            until("each packet has arrived or is lost", SOON, || {
                take(&mut arrived);
                let Carried { packets, dropped, .. } = network.wan().carried(A, B);
                packets == arrived.len() as u64 && packets + dropped == u64::from(number) + 1
            });
        }
    }
    arrived
}

fn so_many_packets_are_lost_as_was_asked() {
    let network = two_sites(1);
    network.wan().set_link(A, B, Link { loss: Share(100_000), ..Link::default() }).unwrap();
    let lost = 3000 - numbers_that_arrive(&network, 3000).len();
    // Five standard deviations of 3000 throws.
    assert!((218..=382).contains(&lost), "{lost} of 3000");
    assert_eq!(network.wan().carried(A, B).dropped, lost as u64);
}

fn one_seed_loses_the_same_packets_and_another_one_others() {
    let arrive = |seed| {
        let network = two_sites(seed);
        network.wan().set_link(A, B, Link { loss: Share(300_000), burst: 2, ..Link::default() }).unwrap();
        numbers_that_arrive(&network, 200)
    };
    assert_eq!(arrive(1), arrive(1));
    assert_ne!(arrive(1), arrive(2));
}

fn a_duplicate_arrives_twice() {
    let network = two_sites(1);
    network.wan().set_link(A, B, Link { duplicate: Share(1_000_000), ..Link::default() }).unwrap();
    let (a, b) = (datagrams(&network, HOST_A), datagrams(&network, HOST_B));
    b.set_read_timeout(Some(SOON)).unwrap();
    a.send_to(b"x", b.local_addr().unwrap()).unwrap();
    for _ in 0..2 {
        assert_eq!(b.recv(&mut [0; 10]).unwrap(), 1);
    }
    until("both are counted", SOON, || network.wan().carried(A, B).packets == 2);
}

fn what_is_reordered_arrives_before_what_was_sent_earlier() {
    let network = two_sites(1);
    network.wan().set_link(A, B, Link { delay: Duration::from_millis(300), reorder: Share(200_000), ..Link::default() }).unwrap();
    let arrived = numbers_that_arrive(&network, 50);
    let mut sorted = arrived.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    assert_ne!(sorted, arrived);
}

fn tcp_makes_up_for_everything() {
    let network = two_sites(1);
    let link = Link {
        delay: Duration::from_millis(2),
        jitter: Duration::from_millis(2),
        loss: Share(20_000),
        burst: 2,
        duplicate: Share(50_000),
        reorder: Share(50_000),
        rate: None,
    };
    link_both(&network, link);
    let (mut dialled, mut accepted) = connect(&network, &listen(&network, HOST_B));
    let sent: Vec<u8> = (0..500_000_u32).map(|number| (number.wrapping_mul(number) >> 7) as u8).collect();
    let expected = sent.clone();
    let writer = thread::spawn(move || dialled.write_all(&sent).map(|()| drop(dialled)));
    let mut read = Vec::new();
    accepted.set_read_timeout(Some(SOON * 3)).unwrap();
    accepted.read_to_end(&mut read).unwrap();
    writer.join().unwrap().unwrap();
    assert!(read == expected, "{} of {} bytes, or others", read.len(), expected.len());
    assert!(network.wan().carried(A, B).dropped > 0, "nothing was lost: nothing was shown");
}
