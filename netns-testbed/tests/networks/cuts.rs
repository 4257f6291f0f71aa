//! Stalled and severed links, in one direction or both.
use crate::{
    cases::Case,
    ends::{
        A, A_WHILE, B, HOST_A, HOST_B, SOON, arrives, comes, connect, cut_both, datagram_arrives, datagrams, dial, heal_both, link_both,
        listen, two_sites,
    },
};
use std::{io::Write, time::Duration};
use strait_scenarios::{link::Link, world::CutHow};

pub(crate) const CASES: &[Case] = &[
    ("what_is_sent_while_a_link_is_stalled_arrives_after_the_heal", what_is_sent_while_a_link_is_stalled_arrives_after_the_heal),
    ("connections_over_a_severed_link_never_work_again_and_new_ones_do", connections_over_a_severed_link_never_work_again_and_new_ones_do),
    ("a_severed_link_takes_what_is_under_way", a_severed_link_takes_what_is_under_way),
    ("a_cut_in_one_direction_leaves_the_other", a_cut_in_one_direction_leaves_the_other),
    ("nobody_connects_over_a_link_that_is_cut_either_way", nobody_connects_over_a_link_that_is_cut_either_way),
];

fn what_is_sent_while_a_link_is_stalled_arrives_after_the_heal() {
    let network = two_sites(1);
    let (mut dialled, mut accepted) = connect(&network, &listen(&network, HOST_B));
    assert!(arrives(&mut dialled, &mut accepted, SOON));
    cut_both(&network, CutHow::Stall);
    assert!(!arrives(&mut dialled, &mut accepted, A_WHILE));
    heal_both(&network);
    assert!(comes(&mut accepted, SOON));
    assert!(arrives(&mut accepted, &mut dialled, SOON));
}

fn connections_over_a_severed_link_never_work_again_and_new_ones_do() {
    let network = two_sites(1);
    let listener = listen(&network, HOST_B);
    let (mut dialled, mut accepted) = connect(&network, &listener);
    assert!(arrives(&mut dialled, &mut accepted, SOON));
    cut_both(&network, CutHow::Sever);
    heal_both(&network);
    dialled.write_all(b"x").unwrap();
    accepted.write_all(b"x").unwrap();
    assert!(!comes(&mut accepted, A_WHILE) && !comes(&mut dialled, A_WHILE));
    let (mut dialled, mut accepted) = connect(&network, &listener);
    assert!(arrives(&mut dialled, &mut accepted, SOON) && arrives(&mut accepted, &mut dialled, SOON));
}

fn a_severed_link_takes_what_is_under_way() {
    let network = two_sites(1);
    let (a, b) = (datagrams(&network, HOST_A), datagrams(&network, HOST_B));
    link_both(&network, Link { delay: Duration::from_millis(500), ..Link::default() });
    assert!(datagram_arrives(&a, &b, SOON));
    a.send_to(b"x", b.local_addr().unwrap()).unwrap();
    cut_both(&network, CutHow::Sever);
    heal_both(&network);
    b.set_read_timeout(Some(A_WHILE)).unwrap();
    assert!(b.recv(&mut [0; 10]).is_err());
}

fn a_cut_in_one_direction_leaves_the_other() {
    let network = two_sites(1);
    let (a, b) = (datagrams(&network, HOST_A), datagrams(&network, HOST_B));
    network.wan().cut(A, B, CutHow::Stall);
    assert!(datagram_arrives(&b, &a, SOON));
    assert!(!datagram_arrives(&a, &b, A_WHILE));
    network.wan().heal(A, B);
    assert!(datagram_arrives(&a, &b, SOON));
}

fn nobody_connects_over_a_link_that_is_cut_either_way() {
    let network = two_sites(1);
    let _listening = (listen(&network, HOST_A), listen(&network, HOST_B));
    network.wan().cut(A, B, CutHow::Stall);
    assert!(dial(&network, HOST_A, HOST_B, A_WHILE).is_err());
    assert!(dial(&network, HOST_B, HOST_A, A_WHILE).is_err());
    network.wan().heal(A, B);
    assert!(dial(&network, HOST_A, HOST_B, SOON).is_ok());
    assert!(dial(&network, HOST_B, HOST_A, SOON).is_ok());
}
