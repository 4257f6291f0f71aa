//! Scenarios on real processes, as a user runs them. Where this machine lets nobody make namespaces, these fail and say why: `strait doctor`.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(target_os = "linux")]
use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

fn strait(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strait"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command
}

fn shown(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn what_passes_in_a_simulation_passes_on_real_processes_and_costs_as_much() {
    let scenarios = ["apply", "cut_oneway", "disk", "kill", "power_loss", "restart"];
    let files: Vec<String> = scenarios.iter().map(|name| format!("scenarios/conformance/{name}.yaml")).collect();
    let mut command = strait(&["scenario", "run", "--on", "model,netns"]);
    let output = command.args(&files).output().unwrap();
    let shown = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains(&format!("{} passed, 0 failed, 0 skipped", 2 * files.len())), "{shown}");
}

#[test]
fn a_wrong_behaviour_is_caught_on_real_processes_by_the_same_invariant() {
    let mut command =
        strait(&["scenario", "run", "scenarios/conformance/delete.yaml", "--on", "model,netns", "--sabotage", "ack-before-stored"]);
    let output = command.output().unwrap();
    let shown = shown(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for world in ["model", "netns"] {
        let caught = shown.lines().any(|line| line.starts_with("FAILED S8") && line.contains(&format!("world={world}")));
        assert!(caught, "{shown}");
    }
}

/// Each workload has a real Envoy beside it, and all its traffic goes there.
#[test]
fn requests_fare_alike_through_real_envoys() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let mut command = strait(&["scenario", "run", "scenarios/suites/permission-under-traffic.yaml", "--on", "model,netns"]);
    let output = command.arg("--envoy").arg(envoy).output().unwrap();
    let shown = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("2 passed, 0 failed, 0 skipped"), "{shown}");
}

/// A zone is a cluster, whose API, nodes, services and names are there as its pods expect them. Its containers begin in directories of their own, wherever the
/// programs are that were named.
#[test]
fn pods_and_machines_ask_each_other_through_real_envoys() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let strait = Path::new(env!("CARGO_BIN_EXE_strait"));
    let mut command = Command::new(strait);
    command.current_dir(strait.parent().unwrap()).args(["scenario", "run", "--on", "model,netns"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/suites/hybrid-four-directions.yaml"));
    let output = command.args(["--nodes", "./strait", "--envoy"]).arg(envoy).output().unwrap();
    let shown = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("2 passed, 0 failed, 0 skipped"), "{shown}");
}

#[test]
fn a_denial_that_is_forgotten_is_caught_with_real_envoys() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let mut command = strait(&["scenario", "run", "scenarios/suites/permission-under-traffic.yaml", "--on", "netns"]);
    // S10 sees the same wrong sooner, in what the zone says.
    let output = command.args(["--sabotage", "forgets-denials", "--judge", "S15", "--envoy"]).arg(envoy).output().unwrap();
    let shown = shown(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("FAILED S15")), "{shown}");
}

#[test]
fn the_demo_across_zones_tells_who_answers_and_who_answers_instead() {
    let Some(envoy) = xtask::envoy::for_tests() else { return };
    let output = strait(&["demo", "across-zones", "--envoy"]).arg(envoy).output().unwrap();
    let shown = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    for told in [
        "it was denied",
        "east/shop-stock answered spiffe://shop.field.mesh.local/workload/cart",
        "is cut",
        "there is no such name",
        "all of it as it should be",
    ] {
        assert!(shown.contains(told), "`{told}` is missing: {shown}");
    }
}

/// What is in the cluster is deployed there by an unmodified `kubectl`.
#[test]
fn the_demo_of_a_cluster_beside_machines_tells_who_answers() {
    let (Some(envoy), Some(kubectl)) = (xtask::envoy::for_tests(), xtask::kubectl::for_tests().into_iter().next()) else { return };
    let output = strait(&["demo", "hybrid", "--envoy"]).arg(envoy).arg("--kubectl").arg(kubectl).output().unwrap();
    let shown = shown(&output);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    for told in [
        "west/api answered spiffe://default.kube.mesh.local/workload/web",
        ".shop answered spiffe://default.west.mesh.local/workload/web",
        ".shadow answered spiffe://other.west.mesh.local/workload/web",
        "there is no such name",
        "all of it as it should be",
    ] {
        assert!(shown.contains(told), "`{told}` is missing: {shown}");
    }
}

#[test]
fn a_demo_of_a_cluster_without_kubectl_says_what_is_missing() {
    let output = strait(&["demo", "hybrid", "--envoy", "/nowhere/envoy", "--kubectl", "/nowhere/kubectl"]).output().unwrap();
    let shown = shown(&output);
    assert_ne!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("/nowhere/kubectl does not run") && shown.contains("--kubectl"), "{shown}");
}

#[test]
fn workloads_without_an_envoy_are_refused_with_what_is_missing() {
    let output =
        strait(&["scenario", "run", "scenarios/conformance/request.yaml", "--on", "netns", "--envoy", "/nowhere/envoy"]).output().unwrap();
    let shown = shown(&output);
    assert_ne!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("/nowhere/envoy does not run") && shown.contains("--envoy"), "{shown}");
}

/// All processes below one, by their parents.
fn below(root: u32) -> BTreeSet<u32> {
    let parent = |id: u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok()
    };
    let all: Vec<u32> = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    let mut found = BTreeSet::from([root]);
    loop {
        let more: Vec<u32> =
            all.iter().copied().filter(|id| !found.contains(id) && parent(*id).is_some_and(|up| found.contains(&up))).collect();
        if more.is_empty() {
            found.remove(&root);
            return found;
        }
        found.extend(more);
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        thread::park_timeout(Duration::from_millis(20));
    }
}

/// Whether a process runs: one that nobody has waited for yet does not.
fn runs(id: u32) -> bool {
    fs::read_to_string(format!("/proc/{id}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('Z')))
}

fn is_control_plane(id: u32) -> bool {
    fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains("--testbed"))
}

fn begun() -> (Child, BTreeSet<u32>) {
    let run = strait(&["scenario", "run", "scenarios/conformance/wait.yaml", "--on", "netns"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let run = run.unwrap();
    until("control planes run", || below(run.id()).into_iter().any(is_control_plane));
    let processes = below(run.id());
    (run, processes)
}

#[test]
fn nothing_is_left_of_a_run_that_was_killed_or_interrupted() {
    // Not INT: who is started in the background ignores that.
    for signal in ["KILL", "TERM"] {
        let (mut run, processes) = begun();
        let told = Command::new("kill").args(["-s", signal, &run.id().to_string()]).status().unwrap();
        assert!(told.success());
        run.wait().unwrap();
        until("all of its processes are gone", || !processes.iter().any(|id| runs(*id)));
        assert!(!Path::new("/run/scratch").exists(), "what it wrote was in its own namespaces");
    }
}
