//! Hosts, their addresses and processes, and how many there can be.
use crate::{
    cases::{Case, until},
    ends::{HOST_A, HOST_B, SOON, connect, datagram_arrives, datagrams, listen, two_sites},
};
use std::{fs, net::UdpSocket, process::Command, time::Duration};
use strait_core::Seed;
use strait_netns_testbed::{CannotBuild, HostId, Namespace, Network, Plan};

pub(crate) const CASES: &[Case] = &[
    ("every_host_has_the_same_ports_and_its_own_address", every_host_has_the_same_ports_and_its_own_address),
    ("hosts_of_one_site_reach_each_other", hosts_of_one_site_reach_each_other),
    ("a_process_that_is_spawned_in_a_host_has_its_devices_alone", a_process_that_is_spawned_in_a_host_has_its_devices_alone),
    ("two_hundred_hosts_reach_each_other", two_hundred_hosts_reach_each_other),
    ("a_network_that_is_dropped_leaves_nothing_open", a_network_that_is_dropped_leaves_nothing_open),
    ("a_plan_that_is_too_large_is_refused_in_words", a_plan_that_is_too_large_is_refused_in_words),
    ("a_job_that_panics_panics_where_it_was_asked_for", a_job_that_panics_panics_where_it_was_asked_for),
];

fn every_host_has_the_same_ports_and_its_own_address() {
    let network = two_sites(1);
    let _same_port = listen(&network, HOST_A);
    let listener = listen(&network, HOST_B);
    let (dialled, accepted) = connect(&network, &listener);
    assert_eq!(accepted.peer_addr().unwrap().ip(), network.address(HOST_A), "no address is translated on the way");
    assert_eq!(dialled.peer_addr().unwrap().ip(), network.address(HOST_B));
}

fn hosts_of_one_site_reach_each_other() {
    let network = Network::build(&Plan::uniform(1, 2), Seed(1)).unwrap();
    let (one, other) = (datagrams(&network, HOST_A), datagrams(&network, HOST_B));
    assert!(datagram_arrives(&one, &other, SOON));
    assert!(datagram_arrives(&other, &one, SOON));
}

fn a_process_that_is_spawned_in_a_host_has_its_devices_alone() {
    let network = two_sites(1);
    let output = network.namespace(HOST_A).run(|| Command::new("cat").arg("/proc/self/net/dev").output()).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut devices: Vec<&str> = text.lines().filter_map(|line| line.split_once(':')).map(|(device, _)| device.trim()).collect();
    devices.sort_unstable();
    assert_eq!(devices, ["eth0", "lo"]);
}

fn two_hundred_hosts_reach_each_other() {
    let network = Network::build(&Plan::uniform(4, 50), Seed(1)).unwrap();
    let sockets: Vec<UdpSocket> = (0..200).map(|host| datagrams(&network, HostId(host))).collect();
    for (number, socket) in sockets.iter().enumerate() {
        let other = &sockets[(number + 50) % 200];
        assert!(datagram_arrives(socket, other, SOON), "from host {number}");
    }
}

fn a_network_that_is_dropped_leaves_nothing_open() {
    let count = |folder: &str| fs::read_dir(folder).unwrap().count();
    let before = (count("/proc/self/task"), count("/proc/self/fd"));
    let network = two_sites(1);
    assert!(datagram_arrives(&datagrams(&network, HOST_A), &datagrams(&network, HOST_B), SOON));
    assert!(count("/proc/self/task") > before.0 && count("/proc/self/fd") > before.1, "it cannot be seen here");
    drop(network);
    until("threads and descriptors are as before", SOON, || (count("/proc/self/task"), count("/proc/self/fd")) == before);
}

fn a_plan_that_is_too_large_is_refused_in_words() {
    let refusal = |plan| Network::build(&plan, Seed(1)).unwrap_err();
    let sites = refusal(Plan::uniform(255, 1));
    assert!(matches!(sites, CannotBuild::TooManySites { sites: 255, at_most: 254 }), "{sites}");
    let hosts = refusal(Plan::uniform(1, 65_001));
    assert!(matches!(hosts, CannotBuild::TooManyHosts { hosts: 65_001, .. }), "{hosts}");
    let machine = refusal(Plan::uniform(254, 65_000));
    assert!(matches!(machine, CannotBuild::FileDescriptors { .. } | CannotBuild::Namespaces { .. }), "{machine}");
}

fn a_job_that_panics_panics_where_it_was_asked_for() {
    let namespace = Namespace::new().unwrap();
    let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| namespace.run(|| std::panic::resume_unwind(Box::new(7)))));
    assert_eq!(asked.unwrap_err().downcast_ref::<i32>(), Some(&7));
    assert_eq!(namespace.run(|| Duration::ZERO), Duration::ZERO, "it goes on living");
}
