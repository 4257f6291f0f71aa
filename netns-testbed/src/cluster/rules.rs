//! Services as rules of nftables on the router of a site, through which all of its hosts reach each other: what a kube-proxy puts on each node.
//!
//! One table, which is replaced whole. Connections that were made stay with whom they were made to.
use super::services::{Backs, Transport};
use std::{
    fmt::Write as _,
    io::{self, Write as _},
    net::Ipv4Addr,
    process::{Command, Stdio},
};

/// Where nftables' program stands.
pub(crate) const NFT: [&str; 3] = ["nft", "/usr/sbin/nft", "/sbin/nft"];

/// The table. What is sent to `reserved`, where nobody is, and to services that nobody serves, is refused.
pub(super) fn table(backs: &Backs, reserved: &[(Ipv4Addr, u8)]) -> String {
    let mut text = "table ip kube_proxy\ndelete table ip kube_proxy\ntable ip kube_proxy {\n".to_owned();
    let mut line = |line: &str| _ = writeln!(text, "\t{line}");
    line("chain services {");
    line("\ttype nat hook prerouting priority -100; policy accept;");
    for (front, behind) in backs.iter().filter(|(_, behind)| !behind.is_empty()) {
        let transport = match front.transport {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        let to = |(address, port): &(Ipv4Addr, u16)| format!("{address} . {port}");
        let each: Vec<String> = behind.iter().enumerate().map(|(nth, one)| format!("{nth} : {}", to(one))).collect();
        let (address, port, count, each) = (front.address, front.port, behind.len(), each.join(", "));
        line(&format!("\tip daddr {address} {transport} dport {port} dnat ip to numgen random mod {count} map {{ {each} }}"));
    }
    line("}");
    line("chain back {");
    line("\ttype nat hook postrouting priority 100; policy accept;");
    // Whoever reaches himself by his service must not know it: he would answer himself directly.
    let mut own: Vec<Ipv4Addr> = backs.values().flatten().map(|(address, _)| *address).collect();
    own.sort_unstable();
    own.dedup();
    if !own.is_empty() {
        let own: Vec<String> = own.into_iter().map(|address| format!("{address} . {address}")).collect();
        line(&format!("\tip saddr . ip daddr {{ {} }} masquerade", own.join(", ")));
    }
    line("}");
    line("chain nobody {");
    line("\ttype filter hook forward priority 0; policy accept;");
    for (address, bits) in reserved {
        // In the name of whoever was asked: what a router says in its own does not get through the WAN.
        line(&format!("\tip daddr {address}/{bits} meta l4proto tcp reject with tcp reset"));
        line(&format!("\tip daddr {address}/{bits} reject"));
    }
    line("}");
    text + "}\n"
}

/// Puts a table in its place. To be called on the thread of the namespace.
pub(super) fn apply(table: &str) -> Result<(), String> {
    for program in NFT {
        match run(program, table) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{program}: {error}")),
            Ok(applied) => return applied,
        }
    }
    Err("there is no nft, by which services lead to pods: install nftables".to_owned())
}

fn run(program: &str, table: &str) -> io::Result<Result<(), String>> {
    let mut command = Command::new(program);
    let mut child = command.args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // If it does not read, it says why.
        _ = input.write_all(table.as_bytes());
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(if output.status.success() { Ok(()) } else { Err(format!("{program} refuses the services: {}", said.trim())) })
}
