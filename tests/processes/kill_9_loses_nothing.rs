//! What was answered survives kill -9, and a zone starts without global.
use crate::cast::{Running, says, until};

const MESH: &str = "type: Mesh\nname: default\n";

fn timeout(name: &str) -> String {
    format!(
        "type: MeshTimeout\nmesh: default\nname: {name}\nspec:\n  targetRef: {{ kind: Mesh }}\n  to: [{{ targetRef: {{ kind: Mesh }}, default: {{ connectionTimeout: 2s }} }}]\n"
    )
}

#[test]
fn of_what_was_answered_on_global_or_held_in_a_zone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("all.yaml"), (0..20).fold(MESH.to_owned(), |all, n| format!("{all}---\n{}", timeout(&format!("t-{n}")))))
        .unwrap();
    let global = Running::global(folder);
    let zone = Running::zone(folder, "east", &global);
    says(folder, &["apply", "-f", "all.yaml", "--api", &global.api]);
    let held = |api: &str| says(folder, &["get", "meshtimeouts", "--api", api]).lines().count() - 1;
    until("the zone holds all", || held(&zone.api) == 20);
    global.kill();
    // A zone serves on while global is away, and starts from its own store.
    zone.kill();
    let line = "strait1.eyJnbG9iYWwiOiJsb2NhbGhvc3Q6MSJ9";
    let broken = crate::cast::strait(folder, &["zone", "run", "--name", "east", "--join", line]);
    assert_eq!(broken.status.code(), Some(2), "{broken:?}");
    let ca = ["--global-address", "grpcs://localhost:1", "--global-ca-file", "strait-data/global/ca.pem"];
    let zone = Running::start(folder, &[&["zone", "run", "--name", "east"][..], &ca[..]].concat());
    assert_eq!(held(&zone.api), 20);
    zone.kill();
    let global = Running::global(folder);
    assert_eq!(held(&global.api), 20);
    let zone = Running::zone(folder, "east", &global);
    until("the zone is back", || says(folder, &["status", "--api", &global.api]).contains("east  here (strait)"));
    assert_eq!(held(&zone.api), 20);
}
