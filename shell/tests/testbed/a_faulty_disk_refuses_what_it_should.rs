//! Full, failing, failing to sync: what is refused, with which error, and that it passes.
use super::{faults, open, wanting};
use redb::StorageBackend as _;
use std::io::ErrorKind;
use strait_shell::testbed::{DiskFault, FaultyFile};

#[test]
fn each_fault_refuses_its_own_and_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let (wants, heard) = wanting(DiskFault::None);
    let file = FaultyFile::new(open(&path), &path, heard.clone()).unwrap();
    file.write(0, &[7; 1000]).unwrap();
    file.sync_data().unwrap();
    let mut read = [0; 1000];

    wants.send_replace(faults(DiskFault::Full));
    assert_eq!(file.write(0, &[8]).unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(file.set_len(5000).unwrap_err().kind(), ErrorKind::StorageFull);
    file.read(0, &mut read).unwrap();

    wants.send_replace(faults(DiskFault::FailingToSync));
    file.write(0, &[8]).unwrap();
    file.sync_data().unwrap_err();

    wants.send_replace(faults(DiskFault::Failing));
    file.read(0, &mut read).unwrap_err();
    file.write(0, &[8]).unwrap_err();
    file.len().unwrap_err();
    assert!(FaultyFile::new(open(&path), &path, heard).is_err(), "a process that starts then finds nothing");

    wants.send_replace(faults(DiskFault::None));
    file.sync_data().unwrap();
    file.read(0, &mut read).unwrap();
    assert_eq!(read[..2], [8, 7]);
}
