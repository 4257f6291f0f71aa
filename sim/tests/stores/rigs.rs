//! Each store with what it stands on, which outlives it, and on which things go wrong.
use super::faulty::Faulty;
use redb::backends::FileBackend;
use std::{
    fs::OpenOptions,
    sync::{Arc, Mutex},
};
use strait_core::Seed;
use strait_scenarios::world::DiskState;
use strait_shell::store::{MemoryStore, PolledRedbStore, RedbStore, Store};
use strait_sim::disk::{Disk, DiskStore, Sectors};
use tempfile::NamedTempFile;

/// What a store stands on.
pub(super) trait Rig: Default {
    type Store: Store;

    /// The store of the first process.
    fn open(&mut self) -> Self::Store;

    /// The store of the next process, once the last has ended.
    fn reopen(&mut self, ended: Self::Store) -> Self::Store {
        drop(ended);
        self.open()
    }

    /// From now on something goes wrong, or nothing does. `false`: here nothing can.
    fn go_wrong(&mut self, wrong: Option<Wrong>) -> bool;
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Full,
    Fails,
    FailsToSync,
}

impl Wrong {
    pub(super) const ALL: [Self; 3] = [Self::Full, Self::Fails, Self::FailsToSync];
}

/// [`MemoryStore`], whose memory is handed on.
#[derive(Default)]
pub(super) struct Memory;

impl Rig for Memory {
    type Store = MemoryStore;

    fn open(&mut self) -> MemoryStore {
        MemoryStore::new()
    }

    fn reopen(&mut self, mut ended: MemoryStore) -> MemoryStore {
        MemoryStore::holding(ended.load().unwrap())
    }

    fn go_wrong(&mut self, _: Option<Wrong>) -> bool {
        false
    }
}

/// A file on which something may go wrong.
struct File {
    file: NamedTempFile,
    wrong: Arc<Mutex<Option<Wrong>>>,
}

impl Default for File {
    fn default() -> Self {
        Self { file: NamedTempFile::new().unwrap(), wrong: Arc::default() }
    }
}

impl File {
    fn disk(&self) -> Faulty {
        let file = OpenOptions::new().read(true).write(true).open(self.file.path()).unwrap();
        Faulty { file: FileBackend::new(file).unwrap(), wrong: Arc::clone(&self.wrong) }
    }

    fn go_wrong(&self, wrong: Option<Wrong>) -> bool {
        *self.wrong.lock().unwrap() = wrong;
        true
    }
}

/// [`RedbStore`] in a file.
#[derive(Default)]
pub(super) struct RedbFile(File);

impl Rig for RedbFile {
    type Store = RedbStore;

    fn open(&mut self) -> RedbStore {
        RedbStore::on("under test", self.0.disk())
    }

    fn go_wrong(&mut self, wrong: Option<Wrong>) -> bool {
        self.0.go_wrong(wrong)
    }
}

/// [`PolledRedbStore`] in a file.
#[derive(Default)]
pub(super) struct RedbPolled(File);

impl Rig for RedbPolled {
    type Store = PolledRedbStore<Faulty>;

    fn open(&mut self) -> Self::Store {
        PolledRedbStore::on("under test", self.0.disk())
    }

    fn go_wrong(&mut self, wrong: Option<Wrong>) -> bool {
        self.0.go_wrong(wrong)
    }
}

/// [`PolledRedbStore`] on a simulated disk of sectors.
#[derive(Default)]
pub(super) struct RedbSectors(Sectors);

impl Rig for RedbSectors {
    type Store = PolledRedbStore<Sectors>;

    fn open(&mut self) -> Self::Store {
        PolledRedbStore::on("under test", self.0.clone())
    }

    fn go_wrong(&mut self, wrong: Option<Wrong>) -> bool {
        self.0.set_state(state(wrong));
        true
    }
}

/// [`DiskStore`] on a simulated disk.
pub(super) struct SimulatedLog(Arc<Mutex<Disk>>);

impl Default for SimulatedLog {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Disk::new(Seed(1).rng()))))
    }
}

impl Rig for SimulatedLog {
    type Store = DiskStore;

    fn open(&mut self) -> DiskStore {
        DiskStore::on(Arc::clone(&self.0))
    }

    fn go_wrong(&mut self, wrong: Option<Wrong>) -> bool {
        self.0.lock().unwrap().set_state(state(wrong));
        true
    }
}

fn state(wrong: Option<Wrong>) -> DiskState {
    match wrong {
        None => DiskState::Ok,
        Some(Wrong::Full) => DiskState::Full,
        Some(Wrong::Fails) => DiskState::Failing,
        Some(Wrong::FailsToSync) => DiskState::FailingToSync,
    }
}
