//! What the kernel makes of the rules.
use crate::{
    cases::Case,
    machine::{MACHINE, Machines, OTHER},
};
use std::net::{Ipv4Addr, SocketAddr};

pub(crate) const CASES: &[Case] = &[
    ("traffic_is_led_to_the_proxy_but_for_what_is_left_alone", traffic_is_led_to_the_proxy_but_for_what_is_left_alone),
    ("a_workload_reaches_its_own_service_through_its_proxy", a_workload_reaches_its_own_service_through_its_proxy),
    ("what_is_passed_on_for_others_is_left_alone", what_is_passed_on_for_others_is_left_alone),
    ("questions_of_dns_are_led_to_the_launcher", questions_of_dns_are_led_to_the_launcher),
    (
        "a_port_that_a_workload_asked_from_leads_the_launcher_nowhere_else",
        a_port_that_a_workload_asked_from_leads_the_launcher_nowhere_else,
    ),
    ("what_a_user_sends_is_left_alone", what_a_user_sends_is_left_alone),
    ("it_is_installed_once_and_removed_alone", it_is_installed_once_and_removed_alone),
];

const MARK: &str = "5632";

/// With a proxy, its launcher and a workload on the machine; and a service elsewhere.
fn machines() -> Machines {
    let machines = Machines::build();
    for (port, says) in [(15001, "outbound"), (15006, "inbound"), (9901, "admin"), (8080, "workload"), (8081, "direct")] {
        machines.serve(MACHINE, port, says);
    }
    // From another address than that an answer would be nobody's.
    machines.serve_at(MACHINE, (Ipv4Addr::LOCALHOST, 15053), "launcher");
    for (port, says) in [(80, "service"), (81, "left alone"), (53, "nameserver")] {
        machines.serve(OTHER, port, says);
    }
    machines
}

fn traffic_is_led_to_the_proxy_but_for_what_is_left_alone() {
    let machines = machines();
    let (service, loopback) = (machines.at(OTHER, 80), SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)));
    assert_eq!(machines.connect(MACHINE, service, 0), "service");
    machines.redirect(&["install", "--socket-mark", MARK, "--exclude-inbound-ports", "8081", "--exclude-outbound-ports", "81"]);
    assert_eq!(machines.connect(MACHINE, service, 0), "outbound");
    assert_eq!(machines.connect(MACHINE, SocketAddr::from(([241, 0, 0, 1], 80)), 0), "outbound", "nobody has a route there");
    assert_eq!(machines.connect(MACHINE, service, 5632), "service");
    assert_eq!(machines.connect(MACHINE, machines.at(OTHER, 81), 0), "left alone");
    assert_eq!(machines.connect(MACHINE, loopback, 0), "workload");
    assert_eq!(machines.connect(MACHINE, machines.at(MACHINE, 8080), 0), "workload");
    assert_eq!(machines.connect(OTHER, machines.at(MACHINE, 8080), 0), "inbound");
    assert_eq!(machines.connect(OTHER, machines.at(MACHINE, 8081), 0), "direct");
    assert_eq!(machines.connect(OTHER, machines.at(MACHINE, 9901), 0), "admin");
    machines.redirect(&["uninstall"]);
    assert_eq!(machines.connect(MACHINE, service, 0), "service");
    assert_eq!(machines.connect(OTHER, machines.at(MACHINE, 8080), 0), "workload");
}

/// The workload asks for its own service; what the proxy then sends to the machine's own address is for its inbound side.
fn a_workload_reaches_its_own_service_through_its_proxy() {
    let machines = machines();
    let own = |port| machines.at(MACHINE, port);
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    machines.redirect(&["install", "--socket-mark", MARK, "--exclude-inbound-ports", "8081"]);
    assert_eq!(machines.connect(MACHINE, own(8080), 5632), "inbound");
    assert_eq!(machines.connect(MACHINE, own(8081), 5632), "direct");
    assert_eq!(machines.connect(MACHINE, own(9901), 5632), "admin");
    assert_eq!(machines.connect(MACHINE, loopback, 5632), "workload", "what the proxy hands to the workload");
    assert_eq!(machines.connect(MACHINE, own(8080), 0), "workload", "what nobody but the workload itself sends");
    machines.redirect(&["install", "--uid", "0", "--exclude-inbound-ports", "8081"]);
    assert_eq!(machines.connect(MACHINE, own(8080), 0), "inbound");
    assert_eq!(machines.connect(MACHINE, own(8081), 0), "direct");
    assert_eq!(machines.connect(MACHINE, loopback, 0), "workload");
}

/// A machine that routes for others is no proxy for them.
fn what_is_passed_on_for_others_is_left_alone() {
    let machines = machines();
    machines.redirect_between(&["install", "--socket-mark", MARK]);
    assert_eq!(machines.connect(OTHER, machines.at(MACHINE, 8080), 0), "workload");
    assert_eq!(machines.connect(MACHINE, machines.at(OTHER, 80), 0), "service");
    assert_eq!(machines.connect(MACHINE, machines.at(OTHER, 53), 0), "nameserver");
    assert_eq!(machines.send(MACHINE, machines.at(OTHER, 53)), "nameserver");
}

fn questions_of_dns_are_led_to_the_launcher() {
    let machines = machines();
    let resolved = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 53), 53));
    assert_eq!(machines.send(MACHINE, machines.at(OTHER, 53)), "nameserver");
    machines.redirect(&["install", "--socket-mark", MARK]);
    for nameserver in [machines.at(OTHER, 53), resolved] {
        assert_eq!(machines.send(MACHINE, nameserver), "launcher");
        assert_eq!(machines.connect(MACHINE, nameserver, 0), "launcher");
    }
    assert_eq!(machines.connect(MACHINE, machines.at(OTHER, 53), 5632), "nameserver", "the launcher asks it");
    machines.redirect(&["install", "--socket-mark", MARK, "--dns-port", "off"]);
    assert_eq!(machines.send(MACHINE, machines.at(OTHER, 53)), "nameserver");
}

/// The kernel remembers for minutes where it led a datagram from a port, and ports are used again.
fn a_port_that_a_workload_asked_from_leads_the_launcher_nowhere_else() {
    let machines = machines();
    machines.redirect(&["install", "--socket-mark", MARK]);
    let nameserver = machines.at(OTHER, 53);
    for _ in 0..2 {
        assert_eq!(machines.send_from(MACHINE, 40_000, nameserver, 0), "launcher");
        assert_eq!(machines.send_from(MACHINE, 40_000, nameserver, 5632), "nameserver");
    }
}

/// In a user namespace there is one user, who is all.
fn what_a_user_sends_is_left_alone() {
    let machines = machines();
    machines.redirect(&["install", "--uid", "5678"]);
    assert_eq!(machines.connect(MACHINE, machines.at(OTHER, 80), 0), "outbound");
    machines.redirect(&["install", "--uid", "5678,0"]);
    assert_eq!(machines.connect(MACHINE, machines.at(OTHER, 80), 0), "service");
    assert_eq!(machines.connect(OTHER, machines.at(MACHINE, 8080), 0), "inbound");
}

fn it_is_installed_once_and_removed_alone() {
    let machines = Machines::build();
    machines.nft("add table inet theirs");
    let theirs = machines.rules();
    machines.redirect(&["uninstall"]);
    assert_eq!(machines.rules(), theirs, "it was not there");
    machines.redirect(&["install", "--uid", "5678"]);
    let rules = machines.rules();
    assert!(rules.contains("table inet strait") && rules.contains("table inet theirs"), "{rules}");
    machines.redirect(&["install", "--uid", "5678"]);
    assert_eq!(machines.rules(), rules);
    machines.redirect(&["install", "--uid", "5679", "--outbound-port", "15002"]);
    let others = machines.rules();
    assert!(!others.contains("5678") && others.contains("5679") && others.contains(":15002"), "{others}");
    machines.redirect(&["uninstall"]);
    machines.redirect(&["uninstall"]);
    assert_eq!(machines.rules(), theirs);
}
