//! One process uses a data directory, and only the one whose it is.
use crate::cast::{Running, strait};

#[test]
fn the_second_is_told_who_uses_it() {
    let folder = tempfile::tempdir().unwrap();
    let global = Running::global(folder.path());
    let second = strait(folder.path(), &["global", "run", "--kds-listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(4), "{said}");
    assert!(said.contains(&format!("in use by process {}", global.pid())), "{said}");
}

#[test]
fn a_zone_does_not_start_from_what_is_not_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Running::global(folder).kill();
    let upstream = ["--global-address", "grpcs://localhost:1", "--global-ca-file", "strait-data/global/ca.pem"];
    let zone =
        [&["zone", "run", "--name", "east", "--data-dir", "strait-data/global", "--api-listen", "127.0.0.1:0"][..], &upstream[..]].concat();
    let refused = strait(folder, &zone);
    assert_eq!(refused.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("this is the data directory of global, not of zone east"), "{refused:?}");
}

#[test]
fn a_store_that_is_damaged_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Running::global(folder).kill();
    let store = folder.join("strait-data/global/store.redb");
    std::fs::write(&store, b"this is no database, and somebody may want to look at it").unwrap();
    let refused = strait(folder, &["global", "run", "--kds-listen", "127.0.0.1:0", "--api-listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(4), "{said}");
    assert!(said.contains("store.redb cannot be read"), "{said}");
    assert_eq!(std::fs::read(&store).unwrap(), b"this is no database, and somebody may want to look at it");
}

#[test]
fn a_port_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let refused = strait(folder.path(), &["global", "run", "--kds-listen", &at, "--api-listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains(&format!("the zone port cannot listen on {at}")), "{said}");
}
