//! The start of a zone that holds much, while global is away.
use super::{
    control_plane::{Connection, ControlPlane, until},
    table::line,
};
use serde_json::{Value, json};
use std::{path::Path, time::Instant};

const HELD: usize = 10_000;
const STARTS: usize = 20;

pub(crate) fn measure(folder: &Path) {
    let global = ControlPlane::global(folder);
    let zone = ControlPlane::zone(folder, "east", &global);
    let policy = |nth: usize| {
        let spec = json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": {"connectionTimeout": format!("{}ms", 1000 + nth)}}]});
        json!({"put": {"type": "MeshTimeout", "mesh": "default", "name": format!("policy-{nth:05}"), "spec": spec}})
    };
    let mesh = json!({"put": {"type": "Mesh", "name": "default"}});
    let changes: Vec<Value> = std::iter::once(mesh).chain((0..HELD).map(policy)).collect();
    let (status, said) = Connection::to(&global.api).ask("POST", "/_changes", &json!({ "changes": changes }).to_string());
    assert_eq!(status, 200, "{said}");
    until("the zone holds all", || Connection::try_to(&zone.api).is_some_and(|mut api| held(&mut api) == HELD as u64));
    drop(zone);
    drop(global);
    let (mut taken, mut resident) = (Vec::new(), (0, 0));
    for _ in 0..STARTS {
        let begun = Instant::now();
        let upstream = ["--global-address", "grpcs://localhost:1", "--global-ca-file", "strait-data/global/ca.pem"];
        let zone = ControlPlane::start(folder, &[&["zone", "run", "--name", "east"][..], &upstream[..]].concat());
        let mut api = None;
        until("its API answers", || {
            api = Connection::try_to(&zone.api);
            api.is_some()
        });
        assert_eq!(held(&mut api.unwrap()), HELD as u64);
        taken.push(begun.elapsed());
        let (now, most) = zone.resident();
        resident = (resident.0.max(now), resident.1.max(most));
    }
    line("a zone with 10,000 resources starts while global is away, and its API answers with how many there are", taken);
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!("\nresident then: {:.1} MiB, at most {:.1} MiB since its start\n", mebibytes(resident.0), mebibytes(resident.1));
}

fn held(api: &mut Connection) -> u64 {
    let (_, said) = api.ask("GET", "/meshes/default/meshtimeouts?size=1", "");
    serde_json::from_str::<Value>(&said).ok().and_then(|said| said["total"].as_u64()).unwrap_or(0)
}
