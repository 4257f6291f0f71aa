//! Two processes never write one file: the second is told which file is taken.
use strait_core::{Durable, Lsn};
use strait_shell::store::{RedbStore, Store, StoreError};

#[tokio::test]
async fn a_file_in_use_is_named_and_free_again_when_its_store_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("east.redb");
    let mut first = RedbStore::file(&path);
    assert_eq!(first.load(), Ok(Durable::new()));
    let refused = RedbStore::file(&path).load().unwrap_err();
    assert_eq!(refused, StoreError::InUse(path.display().to_string()));
    assert!(refused.to_string().contains("east.redb is in use by another process"), "{refused}");
    // The refused attempt has freed nothing, and the first goes on.
    first.submit(super::contract::batch(1, &[("a", "1")], &[]));
    assert_eq!(first.stored().await, Ok(Lsn(1)));
    drop(first);
    assert_eq!(RedbStore::file(&path).load().unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = RedbStore::file(folder.path().join("missing/east.redb")).load().unwrap_err();
    assert!(matches!(&refused, StoreError::Io { name, .. } if name.ends_with("missing/east.redb")), "{refused}");
}
