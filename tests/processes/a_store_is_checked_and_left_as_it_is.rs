//! `strait store check` says whether a control plane would start from a store, and changes nothing.
use crate::cast::{Running, says, strait};
use serde_json::{Value, json};
use std::{fs, path::Path};
use strait_core::StoreKey;
use strait_shell::store::{read_at_rest, write_at_rest};

const RESOURCES: &str = "type: Mesh
name: default
---
type: MeshTimeout
mesh: default
name: quick
spec: { to: [{ targetRef: { kind: Mesh }, default: { connectionTimeout: 2s } }] }
---
type: MeshTimeout
mesh: default
name: quicker
spec: { to: [{ targetRef: { kind: Mesh }, default: { connectionTimeout: 1s } }] }
";

/// The store of a global that was killed.
fn killed(folder: &Path) -> std::path::PathBuf {
    fs::write(folder.join("all.yaml"), RESOURCES).unwrap();
    let global = Running::global(folder);
    says(folder, &["apply", "-f", "all.yaml", "--api", &global.api]);
    global.kill();
    folder.join("strait-data/global/store.redb")
}

fn check(folder: &Path) -> (Option<i32>, Value, String) {
    let output = strait(folder, &["store", "check", "--output", "json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default(), said)
}

#[test]
fn of_a_sound_store_it_says_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = killed(folder);
    let before = fs::read(&store).unwrap();
    let (code, shown, said) = check(folder);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(shown["resources"], json!({"GlobalSecret": 1, "Mesh": 1, "MeshTimeout": 2}), "{shown}");
    assert_eq!(
        (&shown["sound"], &shown["storeOf"], &shown["sizeBytes"]),
        (&json!(true), &json!("global"), &json!(before.len())),
        "{shown}"
    );
    assert!(shown["head"]["seq"].as_u64().unwrap() >= 2, "{shown}");
    let text = says(folder, &["store", "check"]);
    assert!(text.contains("  MeshTimeout") && text.contains("sound"), "{text}");
    assert!(fs::read(&store).unwrap() == before, "a check writes nothing");
    let _again = Running::global(folder);
}

#[test]
fn a_damaged_one_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = killed(folder);
    let whole = fs::read(&store).unwrap();
    let refused = |damaged: &[u8], why: &str| {
        fs::write(&store, damaged).unwrap();
        let (code, shown, said) = check(folder);
        assert_eq!((code, &shown["sound"]), (Some(4), &json!(false)), "{why}: {said}");
        assert!(said.contains("store.redb") && said.contains("cannot be read"), "{why}: {said}");
        assert!(fs::read(&store).unwrap() == damaged, "{why}: a check writes nothing");
    };
    refused(&whole[..whole.len() / 2], "cut off");
    let mut altered = whole.clone();
    let places: Vec<usize> = (0..altered.len() - 5).filter(|at| &altered[*at..at + 5] == b"quick").collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| altered[at] = b'Q');
    refused(&altered, "altered");
    // What redb takes, and no control plane understands.
    fs::write(&store, &whole).unwrap();
    let mut records = read_at_rest(&store).unwrap();
    records.insert(StoreKey("meta/lineage".to_owned()), b"none".to_vec());
    fs::remove_file(&store).unwrap();
    write_at_rest(&store, &records).unwrap();
    let (code, _, said) = check(folder);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("the store's record `meta/lineage` cannot be read"), "{said}");
}

#[test]
fn one_that_is_used_or_is_not_there_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, _, said) = check(folder);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("the data directory strait-data/global: No such file"), "{said}");
    assert!(!folder.join("strait-data").exists(), "a check makes no directory");
    let global = Running::global(folder);
    let (code, _, said) = check(folder);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains(&format!("in use by process {}", global.pid())), "{said}");
}
