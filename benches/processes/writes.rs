//! From a write on global until ten zones have acknowledged it.
use super::{
    control_plane::{Connection, ControlPlane, until},
    table::line,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

const ZONES: usize = 10;
const WRITES: usize = 300;
/// The first ones find cold caches.
const WARM_UP: usize = 20;

pub(crate) fn measure(folder: &Path) {
    let global = ControlPlane::global(folder);
    let zones: Vec<ControlPlane> = (0..ZONES).map(|nth| ControlPlane::zone(folder, &format!("zone-{nth}"), &global)).collect();
    let mut api = Connection::to(&global.api);
    let mesh = json!({"changes": [{"put": {"type": "Mesh", "name": "default"}}]}).to_string();
    let head = written(&api.ask("POST", "/_changes", &mesh));
    let (told, acknowledged) = mpsc::channel();
    let follow = Connection::to(&global.api).follow();
    std::thread::spawn(move || follow.for_each(|said| heard(&said, &told)));
    let mut held = BTreeMap::new();
    let mut all_hold = |seq: u64| {
        while held.len() < ZONES || held.values().any(|held| *held < seq) {
            let (zone, position, at) = acknowledged.recv_timeout(Duration::from_secs(60)).unwrap();
            held.insert(zone, position);
            if held.len() == ZONES && held.values().all(|held| *held >= seq) {
                return at;
            }
        }
        Instant::now()
    };
    // Where nothing moves meanwhile, nothing tells of a zone that is there already.
    let head = head.max(written(&api.ask("POST", "/_changes", &timeout(0))));
    all_hold(head);
    let before: Vec<u64> = std::iter::once(&global).chain(&zones).map(syncs).collect();
    let (mut durable, mut everywhere) = (Vec::new(), Vec::new());
    for nth in 0..WARM_UP + WRITES {
        let begun = Instant::now();
        let head = written(&api.ask("POST", "/_changes", &timeout(nth)));
        let answered = begun.elapsed();
        let acknowledged = all_hold(head).saturating_duration_since(begun);
        if nth >= WARM_UP {
            durable.push(answered);
            everywhere.push(acknowledged);
        }
    }
    line("a write on global is answered, which is when it is durable there", durable);
    line("a write on global is acknowledged by 10 zones, which is when it is durable in all", everywhere);
    // Not only of the writes: what is noted of zones is stored, too.
    until("all is stored", || syncs(&global) == syncs(&global));
    let after: Vec<u64> = std::iter::once(&global).chain(&zones).map(syncs).collect();
    let writes = (WARM_UP + WRITES) as f64;
    let per_write = |at: &[usize]| at.iter().map(|at| (after[*at] - before[*at]) as f64).sum::<f64>() / writes / at.len() as f64;
    let of_zones: Vec<usize> = (1..=ZONES).collect();
    println!("\nfsyncs for each write: {:.2} on global, {:.2} in each zone\n", per_write(&[0]), per_write(&of_zones));
}

fn timeout(nth: usize) -> String {
    let spec = json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": format!("{}ms", 1000 + nth)}}]});
    json!({"changes": [{"put": {"type": "MeshTimeout", "mesh": "default", "name": "edited", "spec": spec}}]}).to_string()
}

/// The sequence at which it was written.
fn written(answer: &(u16, String)) -> u64 {
    assert_eq!(answer.0, 200, "{}", answer.1);
    let said: Value = serde_json::from_str(&answer.1).unwrap();
    said["head"]["seq"].as_u64().unwrap()
}

/// What a zone holds of global's history.
fn heard(said: &Value, told: &mpsc::Sender<(String, u64, Instant)>) {
    let at = Instant::now();
    let lane = &said["change"]["Lane"];
    let peers = said["observation"]["peers"].as_object();
    let whole = peers.into_iter().flatten().map(|(zone, peer)| (zone.as_str(), &peer["provided"]["position"]["seq"]));
    let one = lane["zone"].as_str().filter(|_| lane["lane"].as_str().is_some_and(|lane| lane.eq_ignore_ascii_case("down")));
    for (zone, seq) in whole.chain(one.map(|zone| (zone, &lane["status"]["position"]["seq"]))) {
        if let Some(seq) = seq.as_u64() {
            let _ = told.send((zone.to_owned(), seq, at));
        }
    }
}

/// How often the store of a control plane synced.
fn syncs(of: &ControlPlane) -> u64 {
    let said: Value = serde_json::from_str(&Connection::to(&of.api).ask("GET", "/status", "").1).unwrap();
    said["store"]["syncs"].as_u64().unwrap()
}
