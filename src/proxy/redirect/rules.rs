//! The table, as nft(8) reads it.
//!
//! A translation counts for a connection as the kernel knows it: by addresses and ports, for minutes after the last packet. Questions of DNS are
//! datagrams, and the launcher sends its own to the same nameserver, from a port that a workload may just have had: so those of workloads are tracked apart
//! (in a conntrack zone), lest one of the launcher's be taken for one of theirs and led back to it.
//!
//! Envoy finds out where a connection was going before it was redirected (`SO_ORIGINAL_DST`), so it is redirected by translation of its
//! destination, as with Kuma. TCP over IPv4 only: so are the addresses of services, and the ports on which proxies listen. Questions of DNS over
//! both: a nameserver may be known by an address of either.
use super::ports::Ports;
use std::collections::BTreeSet;

/// What is redirected, and what is not.
#[derive(Clone, Debug)]
pub(super) struct Redirection {
    /// What these users send is left alone.
    pub(super) uids: BTreeSet<u32>,
    /// What has this mark is left alone; 0: none.
    pub(super) socket_mark: u32,
    pub(super) inbound_port: u16,
    pub(super) outbound_port: u16,
    /// `None`: questions of DNS are left alone.
    pub(super) dns_port: Option<u16>,
    /// Of the proxy itself.
    pub(super) own_ports: Ports,
    pub(super) exclude_inbound_ports: Ports,
    pub(super) exclude_outbound_ports: Ports,
}

/// Where the kernel tracks questions of workloads.
const APART: u16 = 53;

/// Removes the table, whether it is there or not: it is there once it was named.
pub(super) const UNINSTALL: &str = "table inet strait\ndelete table inet strait\n";

/// Puts the table in the place of what was there, in one step.
pub(super) fn install(redirection: &Redirection) -> String {
    let Redirection { uids, socket_mark, inbound_port, outbound_port, dns_port, own_ports, exclude_inbound_ports, exclude_outbound_ports } =
        redirection;
    let (mut apart, mut output, mut prerouting) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(port) = dns_port {
        // Answers of the launcher, whoever sends them.
        apart.push(format!("oifname \"lo\" udp sport {port} ct zone set {APART}"));
    }
    // What Envoy hands to the workload, as the one from whom it seems to come.
    output.push("ip saddr 127.0.0.6 return".to_owned());
    let untouched_inbound = own_ports.clone().and(exclude_inbound_ports).to_string();
    let mut by_the_proxy = Vec::new();
    if !uids.is_empty() {
        let uids: Vec<String> = uids.iter().map(u32::to_string).collect();
        by_the_proxy.push(format!("meta skuid {{ {} }}", uids.join(", ")));
    }
    if *socket_mark != 0 {
        by_the_proxy.push(format!("meta mark {socket_mark:#x}"));
    }
    for by_the_proxy in by_the_proxy {
        // A workload that asks its own service: what Envoy sends to the machine's own address arrives at Envoy, too.
        let to_itself = "oifname \"lo\" ip daddr != 127.0.0.0/8";
        output.push(format!("{by_the_proxy} {to_itself} tcp dport != {untouched_inbound} redirect to :{inbound_port}"));
        output.push(format!("{by_the_proxy} return"));
        apart.push(format!("{by_the_proxy} return"));
    }
    // Before loopback is left alone: a nameserver may be there, such as systemd-resolved.
    if let Some(port) = dns_port {
        apart.push(format!("udp dport 53 ct zone set {APART}"));
        output.push(format!("meta l4proto {{ tcp, udp }} th dport 53 redirect to :{port}"));
    }
    output.push("oifname \"lo\" return".to_owned());
    if !exclude_outbound_ports.is_empty() {
        output.push(format!("tcp dport {exclude_outbound_ports} return"));
    }
    output.push(format!("meta nfproto ipv4 meta l4proto tcp redirect to :{outbound_port}"));
    prerouting.push("iifname \"lo\" return".to_owned());
    // A machine that routes for others leaves their traffic alone.
    prerouting.push("fib daddr type != local return".to_owned());
    prerouting.push(format!("tcp dport {untouched_inbound} return"));
    prerouting.push(format!("meta nfproto ipv4 meta l4proto tcp redirect to :{inbound_port}"));
    let chains = [chain("output", &output), chain("prerouting", &prerouting)].concat();
    let apart = if dns_port.is_some() { before_tracking("apart", &apart) } else { String::new() };
    format!("{UNINSTALL}table inet strait {{\n{apart}{chains}}}\n")
}

/// -300 is before the kernel looks for the connection of a packet.
fn before_tracking(name: &str, rules: &[String]) -> String {
    let rules: String = rules.iter().map(|rule| format!("\t\t{rule}\n")).collect();
    format!("\tchain {name} {{\n\t\ttype filter hook output priority -300; policy accept;\n{rules}\t}}\n")
}

/// -100 is where destinations are translated, in words that nft knows for one of the hooks only (`dstnat`).
fn chain(hook: &str, rules: &[String]) -> String {
    let rules: String = rules.iter().map(|rule| format!("\t\t{rule}\n")).collect();
    format!("\tchain {hook} {{\n\t\ttype nat hook {hook} priority -100; policy accept;\n{rules}\t}}\n")
}
