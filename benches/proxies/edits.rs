//! From an edit of a policy on global until 200 proxies in ten zones have acknowledged what it is to them.
use super::{
    client::{Acknowledged, Proxy},
    control_plane::{Connection, ControlPlane},
    mesh, streams,
    table::line,
};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};
use strait_shell::tls::trusting;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;

pub(crate) const ZONES: usize = 10;
pub(crate) const OF_EACH: usize = 20;
pub(crate) const PROXIES: usize = ZONES * OF_EACH;
const EDITS: usize = 100;
/// The first ones find cold caches.
const WARM_UP: usize = 10;
/// Between two edits: so long, what follows an edit without being waited for is over, and no rhythm arises.
const PAUSES: [u64; 5] = [50, 83, 117, 61, 97];
const WITHIN: Duration = Duration::from_secs(120);

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Connects proxies to a zone whose folder this is.
pub(crate) fn connect(
    runtime: &Runtime,
    folder: &Path,
    zone: (&str, &ControlPlane),
    numbers: std::ops::Range<usize>,
    token: &str,
    told: &mpsc::Sender<Acknowledged>,
) {
    let authority = std::fs::read_to_string(folder.join(format!("strait-data/zone-{}/ca.pem", zone.0))).unwrap();
    connect_to(runtime, &zone.1.proxies, &trusting(&authority).unwrap(), numbers, token, told);
}

/// Connects proxies to where a zone serves them.
pub(crate) fn connect_to(
    runtime: &Runtime,
    zone: &str,
    connector: &TlsConnector,
    numbers: std::ops::Range<usize>,
    token: &str,
    told: &mpsc::Sender<Acknowledged>,
) {
    for number in numbers {
        let name = format!("proxy-{number}");
        let proxy = Proxy {
            number,
            dataplane: mesh::dataplane(&name, number),
            name,
            token: token.to_owned(),
            zone: zone.to_owned(),
            connector: connector.clone(),
            told: told.clone(),
        };
        runtime.spawn(proxy.run());
    }
}

/// Waits until that many proxies have acknowledged the policy as it is by then: when each of them did.
pub(crate) fn all(acknowledged: &mpsc::Receiver<Acknowledged>, proxies: usize, milliseconds: u32) -> BTreeMap<usize, Acknowledged> {
    let deadline = Instant::now() + WITHIN;
    let mut at = BTreeMap::new();
    while at.len() < proxies {
        let said = acknowledged.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        let said = said.unwrap_or_else(|_| panic!("only {} of {proxies} proxies acknowledged {milliseconds} ms", at.len()));
        if said.milliseconds == milliseconds {
            at.entry(said.proxy).or_insert(said);
        }
    }
    at
}

pub(crate) fn measure(folder: &Path) {
    let runtime = runtime();
    let global = ControlPlane::global(folder);
    let names: Vec<String> = (0..ZONES).map(|nth| format!("zone-{nth}")).collect();
    let zones: Vec<ControlPlane> = names.iter().map(|name| ControlPlane::zone(folder, name, &global)).collect();
    let milliseconds = 1000;
    let token = mesh::begin(&global, milliseconds);
    let (told, acknowledged) = mpsc::channel();
    for (nth, zone) in zones.iter().enumerate() {
        mesh::serve(zone, mesh::SERVICES);
        connect(&runtime, folder, (&names[nth], zone), nth * OF_EACH..(nth + 1) * OF_EACH, &token, &told);
    }
    all(&acknowledged, PROXIES, milliseconds);
    let mut api = Connection::to(&global.api);
    let had = || (global.processor(), zones.iter().map(ControlPlane::processor).sum::<f64>());
    let edit = |milliseconds| mesh::put(&mut api, &mesh::changes(&[mesh::policy(milliseconds)]));
    let Took { each, last, largest, processor: (of_global, of_zones) } = edited(EDITS, milliseconds, &acknowledged, edit, had);
    line("an edit on global is acknowledged by a proxy, of 200 in 10 zones", each);
    line("the same edit is acknowledged by the last of them", last);
    let (each, last) = streams::measure(&runtime, PROXIES, largest, EDITS);
    line("floor: as many bytes over 200 connections of TLS, and an answer: one of them", each);
    line("floor: the last of them", last);
    println!(
        "\nof the processor for each edit: {:.1} ms by all control planes, {:.1} ms of it by global; {largest} bytes to a proxy at once\n",
        (of_global + of_zones) * 1e3,
        of_global * 1e3
    );
    // Before the control planes end, which no proxy expects.
    runtime.shutdown_timeout(Duration::from_secs(5));
}

/// What edits took.
pub(crate) struct Took {
    /// Until a proxy acknowledged one.
    pub(crate) each: Vec<Duration>,
    /// Until the last of them did.
    pub(crate) last: Vec<Duration>,
    /// The longest message to a proxy, in bytes.
    pub(crate) largest: usize,
    /// Of the processor for each edit, in seconds: global's, and the zones'.
    pub(crate) processor: (f64, f64),
}

/// Edits the policy so often, each time when all proxies have the one before.
pub(crate) fn edited(
    edits: usize,
    mut milliseconds: u32,
    acknowledged: &mpsc::Receiver<Acknowledged>,
    mut edit: impl FnMut(u32),
    had: impl Fn() -> (f64, f64),
) -> Took {
    let (mut each, mut last, mut largest) = (Vec::new(), Vec::new(), 0);
    let mut before = (0.0, 0.0);
    let warm_up = WARM_UP.min(edits / 4);
    for nth in 0..warm_up + edits {
        if nth == warm_up {
            before = had();
        }
        milliseconds += 1;
        let begun = Instant::now();
        edit(milliseconds);
        let at = all(acknowledged, PROXIES, milliseconds);
        if nth >= warm_up {
            let taken: Vec<Duration> = at.values().map(|said| said.at - begun).collect();
            last.push(*taken.iter().max().unwrap());
            each.extend(taken);
        }
        largest = largest.max(at.values().map(|said| said.bytes).max().unwrap());
        pause(acknowledged, Duration::from_millis(PAUSES[nth % PAUSES.len()]));
    }
    let after = had();
    let processor = ((after.0 - before.0) / edits as f64, (after.1 - before.1) / edits as f64);
    Took { each, last, largest, processor }
}

/// Lets time pass, and hears what is said meanwhile.
fn pause(acknowledged: &mpsc::Receiver<Acknowledged>, time: Duration) {
    let until = Instant::now() + time;
    while acknowledged.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
}
