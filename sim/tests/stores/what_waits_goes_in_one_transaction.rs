//! Group commit: while one transaction is under way, what comes waits without anybody waiting for it, and goes in the next together.
use super::contract::batch;
use redb::{StorageBackend, backends::InMemoryBackend};
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use strait_core::Lsn;
use strait_shell::store::{PolledRedbStore, RedbStore, Store};

/// A disk whose syncs are counted, and wait while the test holds them up.
#[derive(Debug, Default)]
struct Counted {
    memory: InMemoryBackend,
    syncs: Arc<AtomicU64>,
    held_up: Arc<Mutex<()>>,
}

impl StorageBackend for Counted {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        drop(self.held_up.lock().unwrap());
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.memory.write(offset, data)
    }
}

#[tokio::test]
async fn what_comes_during_a_sync_waits_and_goes_in_one_transaction() {
    let disk = Counted::default();
    let held_up = Arc::clone(&disk.held_up);
    let mut store = RedbStore::on("counted", disk);
    store.load().unwrap();
    let hold = held_up.lock().unwrap();
    store.submit(batch(1, &[("a", "1")], &[]));
    // No sync can end now, and yet nobody waits. The writer may take some of the first together.
    for lsn in 2..=100 {
        store.submit(batch(lsn, &[("a", "x")], &[]));
    }
    drop(hold);
    let mut reports = 0;
    while store.stored().await.unwrap() < Lsn(100) {
        reports += 1;
    }
    assert!(reports <= 1, "{reports} transactions before the last");
}

#[tokio::test]
async fn a_thousand_batches_cost_no_more_syncs_than_one() {
    let disk = Counted::default();
    let syncs = Arc::clone(&disk.syncs);
    let mut store = PolledRedbStore::on("counted", disk);
    store.load().unwrap();
    store.submit(batch(1, &[("a", "1")], &[]));
    store.stored().await.unwrap();
    let before = syncs.load(Ordering::Relaxed);
    store.submit(batch(2, &[("a", "2")], &[]));
    store.stored().await.unwrap();
    let one = syncs.load(Ordering::Relaxed) - before;
    for lsn in 3..=1002 {
        store.submit(batch(lsn, &[(&format!("k{lsn}"), "x")], &[]));
    }
    assert_eq!(store.stored().await, Ok(Lsn(1002)));
    let many = syncs.load(Ordering::Relaxed) - before - one;
    // The file grows on the way, which costs a sync too.
    assert!((one..=one + 2).contains(&many) && one > 0, "{many} syncs for a thousand batches, {one} for one");
}
