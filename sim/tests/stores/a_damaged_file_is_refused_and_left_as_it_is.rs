//! What is not what was written is refused with a reason, byte for byte as it was; nothing is served from it.
use proptest::prelude::*;
use std::fs;
use strait_core::{Durable, Lsn};
use strait_shell::store::{RedbStore, Store, StoreError};

/// A file that two commits have gone into, as a process leaves it that was killed after them, and what it holds.
async fn written() -> (Vec<u8>, Durable) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut store = RedbStore::file(&path);
    let mut durable = store.load().unwrap();
    for lsn in 1..=2 {
        let long = "x".repeat(3000);
        let batch = super::contract::batch(lsn, &[("a", "1"), (&format!("b{lsn}"), &long)], &[]);
        batch.apply_to(&mut durable);
        store.submit(batch);
        assert_eq!(store.stored().await, Ok(Lsn(lsn)));
    }
    let bytes = fs::read(&path).unwrap();
    (bytes, durable)
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (bytes, durable) = runtime.block_on(written());
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let (mut refused, mut unharmed) = (0, 0);
    // Every part of the file is hit somewhere.
    for at in (0..=used).step_by(61) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x5a;
        fs::write(&path, &damaged).unwrap();
        match RedbStore::file(&path).load() {
            // It hit what nothing refers to.
            Ok(loaded) => {
                assert_eq!(loaded, durable, "byte {at}");
                unharmed += 1;
            }
            Err(StoreError::Damaged { .. }) => refused += 1,
            Err(other) => panic!("byte {at}: {other}"),
        }
        assert!(fs::read(&path).unwrap() == damaged, "byte {at}: the file was altered");
    }
    assert!(refused > 50 && unharmed > 0, "{refused} refused, {unharmed} unharmed");
}

proptest! {
    #[test]
    fn what_is_no_store_is_refused_and_left_as_it_is(bytes in proptest::collection::vec(any::<u8>(), 1..5000)) {
        // Zeros are what a file holds whose making was cut off.
        prop_assume!(bytes[0] != 0);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        fs::write(&path, &bytes).unwrap();
        let refused = RedbStore::file(&path).load();
        prop_assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{:?}", refused);
        prop_assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}
