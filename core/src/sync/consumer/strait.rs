//! From a Strait: transfers, set aside part by part, applied whole.
use super::{Answer, Incoming, Receiver, Taken, admit, too_much_is_refused};
use crate::{
    node::FreezeReason,
    resource::{Key, Kind, Resource, WireKey},
    sync::{Checksum, Lineage, Nonce, Position, Staged, Standing, Transfer, approximate_size},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A provider that sends more than this in one transfer is taken for broken, so that memory stays bounded.
const MOST_STAGED: usize = 2_000_000;
/// The same in bytes, about: what a zone holds of global has to fit beside it.
const MOST_STAGED_BYTES: usize = 512 << 20;

/// What arrives from one Strait peer, across its sessions.
#[derive(Debug, Default)]
pub(crate) struct StraitConsumer {
    /// The provider's history, as it said in this session.
    history: Option<Lineage>,
    frozen: Option<FreezeReason>,
    staging: Option<Staging>,
    /// An operator said: whatever the provider's history is, it is the truth now.
    adopting: bool,
}

/// Parts of a transfer that is not complete.
#[derive(Debug)]
struct Staging {
    from: Option<Position>,
    upto: Position,
    parts: u32,
    changes: u64,
    checksum: Checksum,
    bytes: usize,
    put: BTreeMap<WireKey, Arc<Resource>>,
    gone: BTreeSet<WireKey>,
    rejected: BTreeMap<WireKey, String>,
}

impl StraitConsumer {
    pub(crate) fn end_session(&mut self) {
        self.history = None;
    }

    /// Parts that were set aside, to be told to the provider.
    pub(crate) fn staged(&self) -> Option<Staged> {
        let staged = |staging: &Staging| {
            let Staging { from, upto, parts, changes, checksum, .. } = *staging;
            Staged { from, upto, parts, changes, checksum }
        };
        self.staging.as_ref().map(staged)
    }

    pub(crate) fn frozen(&self) -> Option<FreezeReason> {
        self.frozen
    }

    /// Whether the provider's history is known in this session.
    pub(crate) fn knows_history(&self) -> bool {
        self.history.is_some()
    }

    /// An operator adopts the provider's history, whatever it is. Holds until a transfer was applied.
    pub(crate) fn adopt(&mut self) {
        self.adopting = true;
        self.frozen = None;
    }

    /// The session that comes is not the one that an operator meant.
    pub(crate) fn forget_adoption(&mut self) {
        self.adopting = false;
    }

    /// Whether an operator's adoption waits for the transfer that completes it.
    pub(crate) fn is_adopting(&self) -> bool {
        self.adopting
    }

    /// The provider says where it comes from. Freezes, or thaws.
    pub(crate) fn learn(&mut self, lineage: Lineage, receiver: &dyn Receiver) {
        self.frozen = match self.standing(&lineage, receiver) {
            Standing::Forked => Some(FreezeReason::Forked),
            Standing::Contained | Standing::Abandoned => None,
        };
        if self.frozen.is_some() {
            self.staging = None;
        }
        self.history = Some(lineage);
    }

    /// Takes one part of a transfer.
    pub(crate) fn take(
        &mut self,
        kind: Kind,
        nonce: Nonce,
        put: &[Arc<Resource>],
        gone: &[WireKey],
        transfer: Transfer,
        receiver: &dyn Receiver,
    ) -> Taken {
        let Some(history) = &self.history else {
            return Taken::Broken("resources came before the history".to_owned());
        };
        if self.frozen.is_some() {
            return Taken::Ignored;
        }
        if let Err(why) = self.check(history, transfer, receiver) {
            return Taken::Broken(why);
        }
        if transfer.part == 0 {
            self.staging = Some(Staging::new(transfer));
        }
        let (admitted, rejected) = admit(receiver, put);
        let Some(staging) = self.staging.as_mut().filter(|staging| staging.expects(transfer)) else {
            return Taken::Broken(format!("part {} does not follow what came before", transfer.part));
        };
        staging.count(put, gone);
        staging.add(admitted, gone, &rejected);
        let refused = too_much_is_refused(&staging.rejected, staging.from.is_none(), receiver);
        if let Some(why) = staging.is_too_much().or(refused) {
            self.staging = None;
            return Taken::Broken(why);
        }
        let answer = Answer { kind, nonce, rejected };
        match self.staging.take_if(|_| transfer.last) {
            Some(staging) => {
                self.adopting = false;
                Taken::Apply(staging.complete(receiver), answer)
            }
            None => Taken::SetAside(answer),
        }
    }

    fn standing(&self, lineage: &Lineage, receiver: &dyn Receiver) -> Standing {
        match receiver.floor() {
            _ if self.adopting => Standing::Abandoned,
            Some(held) => lineage.standing(held),
            // Nothing was ever taken from this provider; but copies without a position came from another history.
            None if receiver.copies(None).is_empty() => Standing::Contained,
            None => Standing::Forked,
        }
    }

    /// Whether what is held is of this history, which has grown with every transfer since it was said.
    fn is_of(&self, history: &Lineage, held: Position, receiver: &dyn Receiver) -> bool {
        !self.adopting && (held.epoch == history.newest_epoch() || self.standing(history, receiver) == Standing::Contained)
    }

    fn check(&self, history: &Lineage, transfer: Transfer, receiver: &dyn Receiver) -> Result<(), String> {
        let held = receiver.floor();
        let ends_here = transfer.upto.epoch == history.newest_epoch() || history.standing(transfer.upto) == Standing::Contained;
        if !ends_here {
            return Err(format!("the transfer leads to {}, which is not of the history that was said", transfer.upto));
        }
        match (transfer.from, held) {
            (Some(from), Some(held)) if from == held && transfer.upto.seq >= held.seq => Ok(()),
            (Some(from), _) => Err(format!("the transfer starts at {from}, held is {}", text(held))),
            (None, Some(held)) if self.is_of(history, held, receiver) && transfer.upto.seq < held.seq => {
                Err(format!("the transfer leads back from {held} to {}", transfer.upto))
            }
            (None, _) => Ok(()),
        }
    }
}

impl Staging {
    fn new(transfer: Transfer) -> Self {
        let Transfer { from, upto, .. } = transfer;
        let checksum = Checksum::default();
        Self {
            from,
            upto,
            parts: 0,
            changes: 0,
            checksum,
            bytes: 0,
            put: BTreeMap::new(),
            gone: BTreeSet::new(),
            rejected: BTreeMap::new(),
        }
    }

    fn expects(&self, transfer: Transfer) -> bool {
        self.from == transfer.from && self.upto == transfer.upto && self.parts == transfer.part
    }

    fn add(&mut self, put: Vec<Arc<Resource>>, gone: &[WireKey], rejected: &BTreeMap<WireKey, String>) {
        self.parts += 1;
        self.put.extend(put.into_iter().map(|resource| (resource.key.clone(), resource)));
        self.gone.extend(gone.iter().cloned());
        self.rejected.extend(rejected.clone());
    }

    /// What came, refused or not.
    fn count(&mut self, put: &[Arc<Resource>], gone: &[WireKey]) {
        for key in put.iter().map(|resource| &resource.key).chain(gone) {
            self.changes += 1;
            self.checksum.add(key);
        }
        self.bytes += put.iter().map(|resource| approximate_size(resource)).sum::<usize>();
    }

    fn is_too_much(&self) -> Option<String> {
        if self.put.len() + self.gone.len() > MOST_STAGED {
            Some(format!("a transfer has more than {MOST_STAGED} changes"))
        } else if self.bytes > MOST_STAGED_BYTES {
            Some(format!("a transfer has more than {MOST_STAGED_BYTES} bytes"))
        } else {
            None
        }
    }

    /// Everything of the transfer together. A full transfer removes what it does not list, but for what was refused of it.
    fn complete(self, receiver: &dyn Receiver) -> Incoming {
        let whole = self.from.is_none();
        let gone: Vec<Key> = match self.from {
            Some(_) => self.gone.into_iter().filter(|key| !self.put.contains_key(key)).collect(),
            None => {
                let listed = |key: &Key| self.put.contains_key(key) || self.rejected.contains_key(key);
                receiver.copies(None).into_iter().filter(|key| !listed(key)).collect()
            }
        };
        Incoming { put: self.put.into_values().collect(), gone, whole, floor: Some(self.upto), rejected: self.rejected }
    }
}

fn text(position: Option<Position>) -> String {
    position.map_or_else(|| "nothing".to_owned(), |position| position.to_string())
}
