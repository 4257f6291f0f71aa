//! What each proxy takes in the memory of its zone's control plane.
use super::{
    control_plane::{Connection, ControlPlane, until},
    edits::{all, connect, runtime},
    mesh,
};
use serde_json::Value;
use std::{path::Path, sync::mpsc, time::Duration};

const PROXIES: usize = 200;

pub(crate) fn measure(folder: &Path) {
    let runtime = runtime();
    let global = ControlPlane::global(folder);
    let zone = ControlPlane::zone(folder, "east", &global);
    let mut milliseconds = 1000;
    let token = mesh::begin(&global, milliseconds);
    mesh::serve(&zone, mesh::SERVICES);
    let (told, acknowledged) = mpsc::channel();
    let (without, _) = zone.resident();
    let began = zone.processor();
    connect(&runtime, folder, ("east", &zone), 0..PROXIES, &token, &told);
    all(&acknowledged, PROXIES, milliseconds);
    until("all have what is meant for them", || took_all(&zone));
    let (with, _) = zone.resident();
    let configured = zone.processor() - began;
    // What they take while something happens is not given back.
    for _ in 0..20 {
        milliseconds += 1;
        mesh::put(&mut Connection::to(&global.api), &mesh::changes(&[mesh::policy(milliseconds)]));
        all(&acknowledged, PROXIES, milliseconds);
    }
    until("all have what is meant for them", || took_all(&zone));
    let (later, _) = zone.resident();
    let each = |resident: u64| (resident - without) as f64 / PROXIES as f64 / 1024.0;
    println!(
        "\nresident in a zone: {:.1} MiB without proxies, {:.1} MiB with {PROXIES}, which is {:.0} KiB for each; {:.0} KiB after 20 edits; {configured:.2} s \
         of the processor until all were configured\n",
        mebibytes(without),
        mebibytes(with),
        each(with),
        each(later),
    );
    // Before the control planes end, which no proxy expects.
    runtime.shutdown_timeout(Duration::from_secs(5));
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Whether every proxy took the last that was sent to it.
fn took_all(zone: &ControlPlane) -> bool {
    let (_, said) = Connection::to(&zone.api).ask("GET", "/status", "");
    let said: Value = serde_json::from_str(&said).unwrap();
    let Some(proxies) = said["proxies"].as_object() else { return false };
    proxies.len() == PROXIES && proxies.values().all(|one| one["sent"].as_u64() > Some(0) && one["took"] == one["sent"])
}
