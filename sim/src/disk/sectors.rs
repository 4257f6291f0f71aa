//! A disk of sectors below redb. What is written is there at once for whoever reads; what was not synced may be lost by a power loss,
//! sector by sector: of one write any of its sectors of 512 bytes may remain, and of a change of length either.
//!
//! Clones are the same disk: a store takes one, and whoever cuts its power keeps another.
use rand::{RngExt, rngs::ChaCha8Rng};
use redb::StorageBackend;
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use strait_core::Seed;
use strait_scenarios::world::DiskState;

/// What is written whole or not at all, in bytes.
pub const SECTOR: usize = 512;

/// A disk of sectors.
#[derive(Clone, Debug, Default)]
pub struct Sectors(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What reads give.
    now: Vec<u8>,
    /// What the disk certainly holds.
    safe: Vec<u8>,
    /// What was said since the last sync, in order.
    unsynced: Vec<Unsynced>,
    wrong: Option<DiskState>,
    /// How many more reads, writes and syncs there will be before the power goes. `None`: it does not.
    power: Option<u64>,
    operations: u64,
}

#[derive(Debug)]
enum Unsynced {
    Write { at: usize, bytes: Vec<u8> },
    Len(usize),
}

impl Sectors {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is wrong with it from now on. A slow disk is slow for whoever waits, not here.
    pub fn set_state(&self, state: DiskState) {
        self.state().wrong = Some(state);
    }

    /// The power goes after so many more reads, writes and syncs.
    pub fn cut_power_after(&self, operations: u64) {
        self.state().power = Some(operations);
    }

    /// How many reads, writes and syncs there were.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// The power goes, or has gone, and comes back: chance decides what of each write that was not synced remains.
    pub fn power_loss(&self, rng: &mut ChaCha8Rng) {
        let mut state = self.state();
        state.settle(rng);
        state.power = None;
    }

    /// The power does not go, or is back, and nothing that was written is lost.
    pub fn power_is_back(&self) {
        self.state().power = None;
    }

    /// What was written reaches the disk, as after the end of a process, unless the disk does not take it.
    pub fn flush(&self) {
        let mut state = self.state();
        match state.wrong {
            Some(DiskState::Failing | DiskState::FailingToSync) => state.lose(),
            _ => state.flush(),
        }
    }

    /// Another disk, in order, that holds what this one certainly holds.
    pub fn image(&self) -> Self {
        let safe = self.state().safe.clone();
        Self(Arc::new(Mutex::new(State { now: safe.clone(), safe, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation, which fails where the power has gone or the disk is wrong in one of these ways.
    fn operate(&self, fails: impl Fn(DiskState) -> bool) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.operations += 1;
        match &mut state.power {
            Some(0) => return Err(io::Error::other("the power is gone")),
            Some(left) => *left -= 1,
            None => {}
        }
        match state.wrong.filter(|wrong| fails(*wrong)) {
            Some(DiskState::Full) => Err(io::ErrorKind::StorageFull.into()),
            Some(_) => Err(io::Error::other("input/output error")),
            None => Ok(state),
        }
    }
}

impl State {
    /// A sync failed: what was to be synced is no longer in the kernel's hands, and some of it is on the disk.
    fn lose(&mut self) {
        // Equal runs have equal syncs, which have equal outcomes.
        self.settle(&mut Seed(self.operations).rng());
    }

    fn flush(&mut self) {
        for unsynced in self.unsynced.drain(..) {
            unsynced.settle(&mut self.safe, || true);
        }
    }

    fn settle(&mut self, rng: &mut ChaCha8Rng) {
        for unsynced in std::mem::take(&mut self.unsynced) {
            unsynced.settle(&mut self.safe, || rng.random());
        }
        self.now.clone_from(&self.safe);
    }
}

impl Unsynced {
    /// Makes as much of it true as `remains` says, sector by sector.
    fn settle(self, bytes: &mut Vec<u8>, mut remains: impl FnMut() -> bool) {
        match self {
            Self::Len(len) => {
                if remains() {
                    bytes.resize(len, 0);
                }
            }
            Self::Write { at, bytes: written } => {
                let mut from = at;
                while from < at + written.len() {
                    let to = (from / SECTOR * SECTOR + SECTOR).min(at + written.len());
                    // Where the growth of the file was lost, what lay beyond its end is lost with it.
                    if remains() && to <= bytes.len() {
                        bytes[from..to].copy_from_slice(&written[from - at..to - at]);
                    }
                    from = to;
                }
            }
        }
    }
}

impl StorageBackend for Sectors {
    fn len(&self) -> io::Result<u64> {
        Ok(self.operate(|wrong| wrong == DiskState::Failing)?.now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.operate(|wrong| wrong == DiskState::Failing)?;
        let from = place(offset)?;
        let found = state.now.get(from..from.saturating_add(out.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = place(len)?;
        let mut state = self.operate(|wrong| matches!(wrong, DiskState::Failing | DiskState::Full))?;
        state.now.resize(len, 0);
        state.unsynced.push(Unsynced::Len(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = match self.operate(|wrong| matches!(wrong, DiskState::Failing | DiskState::FailingToSync)) {
            Ok(state) => state,
            Err(error) => {
                self.state().lose();
                return Err(error);
            }
        };
        state.flush();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let at = place(offset)?;
        let mut state = self.operate(|wrong| matches!(wrong, DiskState::Failing | DiskState::Full))?;
        state.now.get_mut(at..at.saturating_add(data.len())).ok_or(io::ErrorKind::UnexpectedEof)?.copy_from_slice(data);
        state.unsynced.push(Unsynced::Write { at, bytes: data.to_vec() });
        Ok(())
    }
}

fn place(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput.into())
}
