//! What zones apart from each other cost: how soon proxies elsewhere know of a service, how long a failover takes, and what an ingress adds to a request.
//!
//! `cargo bench -p strait --bench across_zones`; with `-- spread`, `-- failover` or `-- latency` only that. The first two run in network namespaces, over links
//! of 20 ms one way, with real Envoys: `STRAIT_ENVOY`, or the one that tests install.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
#[path = "../../tests/processes/cast.rs"]
#[allow(dead_code, reason = "tests need the rest")]
mod cast;
mod failover;
mod latency;
mod spread;
#[path = "../../tests/processes/stage.rs"]
#[allow(dead_code, reason = "tests need the rest")]
mod stage;
mod stage_of_zones;
#[path = "../processes/table.rs"]
mod table;
#[path = "../../tests/processes/workloads.rs"]
#[allow(dead_code, reason = "tests need the rest")]
mod workloads;

use stage_of_zones::Stage;
use std::process::Command;

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wants = |part: &str| named.iter().any(|name| name == part);
    // `cargo test --benches` only wants to know that it builds; `cargo bench` says so.
    if named.is_empty() && std::env::args().all(|argument| argument != "--bench") {
        return;
    }
    if named.is_empty() {
        // Processes of their own: who enters namespaces may have no threads before.
        table::head();
        for parts in [&["latency"][..], &["spread", "failover"]] {
            let ended = Command::new(std::env::current_exe().unwrap()).args(parts).status().unwrap();
            assert!(ended.success(), "{parts:?}");
        }
        return;
    }
    if !wants("latency") && !strait_netns_testbed::is_inside() {
        std::process::exit(strait_netns_testbed::reenter().unwrap());
    }
    let Some(envoy) = xtask::envoy::for_tests() else { panic!("it needs Envoy: `cargo xtask envoy`") };
    if wants("latency") {
        return latency::measure(&envoy);
    }
    let mut stage = Stage::new(&envoy);
    if wants("spread") {
        spread::measure(&mut stage);
    }
    if wants("failover") {
        failover::measure(&mut stage);
    }
}
