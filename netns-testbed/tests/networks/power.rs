//! Loss of power.
use crate::{
    cases::Case,
    ends::{A_WHILE, B, HOST_A, HOST_B, SOON, arrives, connect, dial, listen, two_sites},
};
use std::{
    io::{ErrorKind, Read, Write},
    time::{Duration, Instant},
};

pub(crate) const CASES: &[Case] = &[
    ("a_peer_whose_power_goes_says_nothing_and_resets_when_it_is_back", a_peer_whose_power_goes_says_nothing_and_resets_when_it_is_back),
    ("a_host_that_is_renewed_can_be_reached_as_before", a_host_that_is_renewed_can_be_reached_as_before),
];

fn a_peer_whose_power_goes_says_nothing_and_resets_when_it_is_back() {
    let mut network = two_sites(1);
    let listener = listen(&network, HOST_B);
    let (mut dialled, mut accepted) = connect(&network, &listener);
    let (mut other, other_accepted) = connect(&network, &listener);
    assert!(arrives(&mut dialled, &mut accepted, SOON));
    // With power, the end of a process is heard of: else the silence below would show nothing.
    drop(other_accepted);
    other.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(other.read(&mut [0]).unwrap(), 0);

    network.wan().darken(B);
    drop((accepted, listener));
    dialled.set_read_timeout(Some(A_WHILE)).unwrap();
    assert_eq!(dialled.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "nothing comes out of the dark");
    dialled.write_all(b"x").unwrap();
    network.renew(HOST_B).unwrap();
    dialled.set_read_timeout(Some(A_WHILE)).unwrap();
    assert_eq!(dialled.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "still dark");
    network.wan().lighten(B);
    dialled.set_read_timeout(Some(SOON)).unwrap();
    assert_eq!(dialled.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

fn a_host_that_is_renewed_can_be_reached_as_before() {
    let mut network = two_sites(1);
    drop(listen(&network, HOST_B));
    for _ in 0..10 {
        network.renew(HOST_B).unwrap();
        let begin = Instant::now();
        assert_eq!(dial(&network, HOST_A, HOST_B, SOON).unwrap_err(), ErrorKind::ConnectionRefused);
        // A first packet that is lost is sent again after a second.
        assert!(begin.elapsed() < Duration::from_millis(900), "{:?}", begin.elapsed());
        let (mut dialled, mut accepted) = connect(&network, &listen(&network, HOST_B));
        assert!(arrives(&mut dialled, &mut accepted, SOON) && arrives(&mut accepted, &mut dialled, SOON));
    }
}
