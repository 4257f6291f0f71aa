//! What it takes until a batch is durable: in redb, beside the floor, which is to append as many bytes to a file of the same disk and
//! to sync it. The disk decides most of it, so that only figures of one run compare.
#![allow(missing_docs, clippy::unwrap_used)]
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};
use strait_core::{Batch, Lsn, StoreKey};
use strait_shell::store::{RedbStore, Store};
use tokio::runtime::{Builder, Runtime};

/// Records that are there already, and over which the writes go.
const HELD: u64 = 10_000;
/// About as long as a policy's record.
const RECORD: usize = 300;
/// So many batches come while one is committed.
const GROUPED: u64 = 100;

/// A folder on the disk on which this is built, emptied.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store-bench");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A store, and the number of its last batch.
struct Rig {
    runtime: Runtime,
    store: RedbStore,
    last: u64,
}

impl Rig {
    fn new(folder: &Path) -> Self {
        let mut store = RedbStore::file(folder.join("records.redb"));
        store.load().unwrap();
        let mut rig = Self { runtime: Builder::new_current_thread().build().unwrap(), store, last: 0 };
        rig.submit(HELD);
        rig.wait();
        rig
    }

    /// One batch of so many rows.
    fn submit(&mut self, rows: u64) {
        self.last += 1;
        let first = self.last * 7919;
        let row = |nth: u64| {
            (StoreKey(format!("own/MeshTimeout/default/policy-{:05}", (first + nth) % HELD)), vec![b'a' + (self.last % 26) as u8; RECORD])
        };
        self.store.submit(Batch { lsn: Lsn(self.last), put: (0..rows).map(row).collect(), delete: Vec::new() });
    }

    /// Until all is durable.
    fn wait(&mut self) {
        while self.runtime.block_on(self.store.stored()).unwrap() < Lsn(self.last) {}
    }
}

fn append(file: &mut File, bytes: &[u8]) {
    file.write_all(bytes).unwrap();
    file.sync_data().unwrap();
}

fn store(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("until it is durable");
    group.sample_size(20);
    let folder = folder();
    let mut rig = Rig::new(&folder);
    let mut file = File::create(folder.join("floor")).unwrap();
    for rows in [1, 1000] {
        group.throughput(Throughput::Elements(rows));
        let bytes = vec![b'a'; RECORD * usize::try_from(rows).unwrap()];
        group.bench_function(format!("floor: append and sync, {rows} records"), |bench| bench.iter(|| append(&mut file, &bytes)));
        group.bench_function(format!("redb: a batch of {rows} rows"), |bench| {
            bench.iter(|| {
                rig.submit(rows);
                rig.wait();
            });
        });
    }
    group.throughput(Throughput::Elements(GROUPED));
    group.bench_function(format!("redb: {GROUPED} batches of 1 row that come at once"), |bench| {
        bench.iter(|| {
            (0..GROUPED).for_each(|_| rig.submit(1));
            rig.wait();
        });
    });
    group.finish();
    drop(rig);
    fs::remove_dir_all(folder).unwrap();
}

criterion_group!(benches, store);
criterion_main!(benches);
