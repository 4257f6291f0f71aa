//! A redb database on sectors, as one process after the other has it. A commit touches the disk when its sync ends; whoever stops it
//! before that, stops it at some operation that chance draws.
use super::Sectors;
use rand::{RngExt, rngs::ChaCha8Rng};
use strait_core::{Batch, Durable, Lsn, Seed};
use strait_scenarios::world::{DiskState, Unstored};
use strait_shell::store::{BatchRefused, PolledRedbStore, Store as _, StoreError};

/// A commit is not yet known to need fewer operations of the disk.
const OPERATIONS: u64 = 40;

/// The database of one host.
pub(super) struct Database {
    sectors: Sectors,
    store: Option<PolledRedbStore<Sectors>>,
    /// What was submitted and is in no commit that ended.
    waiting: Vec<Batch>,
    /// How many of those are in the commit that is under way.
    under_way: usize,
    synced_upto: Lsn,
    /// What the last commit needed.
    operations: u64,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("synced_upto", &self.synced_upto).field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl Database {
    /// No file yet.
    pub(super) fn new() -> Self {
        let sectors = Sectors::new();
        Self { sectors, store: None, waiting: Vec::new(), under_way: 0, synced_upto: Lsn(0), operations: OPERATIONS }
    }

    /// A database that holds this.
    pub(super) fn holding(durable: &Durable) -> Self {
        let mut database = Self::new();
        if !durable.is_empty() && database.open().is_ok() {
            let put = durable.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            database.submit(&Batch { lsn: Lsn(1), put, delete: Vec::new() });
            database.sync(Lsn(1)).expect("nothing is wrong with a new disk");
            database.close();
        }
        database
    }

    pub(super) fn set_state(&self, state: DiskState) {
        self.sectors.set_state(state);
    }

    /// Reads everything, for a new process.
    pub(super) fn open(&mut self) -> Result<Durable, StoreError> {
        self.close();
        self.synced_upto = Lsn(0);
        let mut store = PolledRedbStore::on("on the simulated disk", self.sectors.clone());
        let durable = store.load()?;
        self.store = Some(store);
        Ok(durable)
    }

    pub(super) fn submit(&mut self, batch: &Batch) {
        self.waiting.push(batch.clone());
    }

    /// A commit of all that waits begins.
    pub(super) fn begin(&mut self) {
        self.under_way = self.waiting.len();
    }

    /// Commits up to and including `upto`.
    pub(super) fn sync(&mut self, upto: Lsn) -> Result<(), BatchRefused> {
        let group = self.waiting.iter().take_while(|batch| batch.lsn <= upto).count();
        let begun = self.sectors.operations();
        if let Some(committed) = self.commit(group) {
            self.synced_upto = committed?;
            self.operations = self.sectors.operations() - begun;
        }
        Ok(())
    }

    pub(super) fn synced_upto(&self) -> Lsn {
        self.synced_upto
    }

    /// What the disk certainly holds. `None`: it cannot be read.
    pub(super) fn copy(&self) -> Option<Durable> {
        read(self.sectors.image())
    }

    /// The process ends, wherever its commit is. What it wrote is in the kernel's hands, and is safe if the disk takes it.
    pub(super) fn end(&mut self, rng: &mut ChaCha8Rng) {
        self.stop(self.under_way, Some(rng), Sectors::flush);
    }

    /// The power goes, wherever the commit is.
    pub(super) fn power_loss(&mut self, rng: &mut ChaCha8Rng) {
        let mut settled = Seed(rng.random()).rng();
        self.stop(self.under_way, Some(rng), |sectors| sectors.power_loss(&mut settled));
    }

    /// The process ends with this outcome for what was submitted and not synced.
    pub(super) fn crash(&mut self, outcome: Unstored, rng: &mut ChaCha8Rng) {
        let mut settled = Seed(rng.random()).rng();
        let all = self.waiting.len();
        match outcome {
            Unstored::Kept => self.stop(all, None, Sectors::flush),
            Unstored::Torn => self.stop(all, Some(rng), |sectors| sectors.power_loss(&mut settled)),
            Unstored::Lost => self.stop(0, None, |sectors| sectors.power_loss(&mut settled)),
        }
    }

    /// Stops the process within a commit of the first batches that wait: at an operation that chance draws, or after it.
    fn stop(&mut self, group: usize, chance: Option<&mut ChaCha8Rng>, settle: impl FnOnce(&Sectors)) {
        let last = self.waiting[..group].last().map(|batch| batch.lsn);
        let after = last.and_then(|_| {
            let mut after = self.copy()?;
            self.waiting[..group].iter().for_each(|batch| batch.apply_to(&mut after));
            Some(after)
        });
        if let Some(rng) = chance {
            self.sectors.cut_power_after(rng.random_range(0..=self.operations));
        }
        // Nobody hears whether it succeeds.
        let _ = self.commit(group);
        self.close();
        settle(&self.sectors);
        // A commit is there whole or not at all; which, the disk says.
        if let (Some(last), Some(after)) = (last, after)
            && self.copy() == Some(after)
        {
            self.synced_upto = last;
        }
    }

    fn commit(&mut self, group: usize) -> Option<Result<Lsn, BatchRefused>> {
        let store = self.store.as_mut()?;
        self.under_way = 0;
        self.waiting.drain(..group).for_each(|batch| store.submit(batch));
        store.commit()
    }

    /// The process is gone: redb must not write what it would on an orderly end.
    fn close(&mut self) {
        self.sectors.cut_power_after(0);
        self.store = None;
        self.waiting.clear();
        self.under_way = 0;
        self.sectors.power_is_back();
    }
}

/// Reads what is there. `None`: it cannot be read.
fn read(sectors: Sectors) -> Option<Durable> {
    PolledRedbStore::on("a copy", sectors).load().ok()
}
