//! A log: bytes, and how many of them a power loss spares.
//!
//! A file of records, one per batch. A sync moves the line up to which bytes are safe; beyond it a power loss takes the rest,
//! or tears it at some byte. What was lost at the tail was never reported durable, so it is cut back; damage before the tail
//! means that something reported durable is gone, so the file is refused.
use super::{Corrupt, Opened, record};
use rand::{RngExt, rngs::ChaCha8Rng};
use strait_core::{Batch, Durable, Lsn};
use strait_scenarios::world::Unstored;

/// A file of records.
#[derive(Clone, Debug, Default)]
pub struct Log {
    bytes: Vec<u8>,
    /// How many bytes a power loss spares.
    synced: usize,
    /// Records in the file, and where those of this process that are not synced end.
    records: u64,
    unsynced: Vec<(Lsn, usize)>,
    synced_upto: Lsn,
}

impl Log {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// A log that holds this, synced.
    pub fn holding(durable: &Durable) -> Self {
        let mut log = Self::new();
        if !durable.is_empty() {
            let put = durable.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            log.submit(&Batch { lsn: Lsn(0), put, delete: Vec::new() });
            log.sync_all();
        }
        log
    }

    /// A log of exactly these bytes, synced.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self { synced: bytes.len(), bytes, ..Self::default() }
    }

    /// What is on it, synced or not.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Writes a batch behind the others. It is not safe yet.
    pub fn submit(&mut self, batch: &Batch) {
        record::append(&mut self.bytes, self.records, batch);
        self.records += 1;
        self.unsynced.push((batch.lsn, self.bytes.len()));
    }

    /// Writes a batch of which only a part arrives.
    pub fn submit_part(&mut self, batch: &Batch, rng: &mut ChaCha8Rng) {
        let begins = self.bytes.len();
        record::append(&mut self.bytes, self.records, batch);
        let end = rng.random_range(begins..self.bytes.len());
        self.bytes.truncate(end);
    }

    /// Makes everything safe up to and including `upto`.
    pub fn sync(&mut self, upto: Lsn) {
        let ready = self.unsynced.iter().take_while(|(lsn, _)| *lsn <= upto).count();
        if let Some((lsn, end)) = self.unsynced.drain(..ready).next_back() {
            self.synced = end;
            self.synced_upto = lsn;
        }
    }

    /// Makes everything safe: what a killed process wrote is in the kernel's hands.
    pub fn sync_all(&mut self) {
        self.sync(Lsn(u64::MAX));
    }

    /// The last batch of this process that a power loss at this moment would spare.
    pub fn synced_upto(&self) -> Lsn {
        self.synced_upto
    }

    /// The power goes: of what is not safe, nothing, all, or a part up to some byte remains.
    pub fn power_loss(&mut self, rng: &mut ChaCha8Rng) {
        let end = rng.random_range(self.synced..=self.bytes.len());
        self.keep_until(end);
    }

    /// The process ends with this outcome for what was submitted and not synced.
    pub fn crash(&mut self, outcome: Unstored, rng: &mut ChaCha8Rng) {
        let end = match outcome {
            Unstored::Kept => self.bytes.len(),
            Unstored::Lost => self.synced,
            Unstored::Torn => {
                let last_starts = self.unsynced.iter().rev().nth(1).map_or(self.synced, |(_, end)| *end);
                // At least one byte of the last batch is there, and at least one is missing.
                if self.unsynced.is_empty() { self.synced } else { rng.random_range(last_starts + 1..self.bytes.len()) }
            }
        };
        self.keep_until(end);
    }

    /// What a power loss at this moment would leave at least: a copy of what is safe.
    pub fn image(&self) -> Self {
        let mut image = self.clone();
        image.keep_until(self.synced);
        image
    }

    /// Reads everything back, for a new process. A torn batch at the tail is cut off.
    ///
    /// # Errors
    /// The content is damaged before its tail.
    pub fn open(&mut self) -> Result<Opened, Corrupt> {
        let mut durable = Durable::new();
        let read = record::read(&self.bytes, |batch| batch.apply_to(&mut durable))?;
        let cut = self.bytes.len() - read.end;
        self.bytes.truncate(read.end);
        self.synced = read.end;
        self.records = read.records;
        self.unsynced.clear();
        self.synced_upto = Lsn(0);
        Ok(Opened { durable, batches: read.records, cut })
    }

    fn keep_until(&mut self, end: usize) {
        self.sync_upto_byte(end);
        self.bytes.truncate(end);
        self.synced = end;
        self.unsynced.clear();
    }

    fn sync_upto_byte(&mut self, end: usize) {
        if let Some((lsn, _)) = self.unsynced.iter().rev().find(|(_, ends)| *ends <= end) {
            self.synced_upto = *lsn;
        }
    }
}
