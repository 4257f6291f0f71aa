//! One transfer under way: what it carries, cut into parts as it is sent.
use super::{Nonces, window::Window};
use crate::{
    resource::{Kind, Resource, WireKey},
    sync::{
        Nonce, Position, ResponseBody, Staged, Transfer,
        catalog::{Catalog, Entry, News},
        filter::Audience,
        message::Checksum,
    },
    time::Mono,
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

/// A transfer under way. Outlives the session, so that the next one can go on with it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) from: Option<Position>,
    pub(crate) upto: Position,
    changes: Vec<Change>,
    /// Up to where it was cut into parts and sent, and how many parts that made.
    sent: usize,
    parts: u32,
    under_way: VecDeque<UnderWay>,
    /// Its last part was sent.
    is_cut: bool,
    pub(crate) refused: BTreeSet<WireKey>,
}

/// One thing that becomes different at the peer.
#[derive(Debug)]
enum Change {
    Put(Arc<Resource>, usize),
    Gone(WireKey),
}

/// A part that waits for its answer.
#[derive(Debug)]
pub(crate) struct UnderWay {
    pub(crate) nonce: Nonce,
    bytes: usize,
    sent_at: Mono,
    /// Which changes it carries.
    changes: std::ops::Range<usize>,
}

impl Outgoing {
    /// Everything of the catalog that is for this peer and changed after `from`. Equal inputs give equal transfers.
    pub(crate) fn since(catalog: &Catalog, from: Option<Position>, audience: &Audience) -> Self {
        let mut changes = Vec::new();
        for news in catalog.news(audience, from.map(|from| from.seq)) {
            changes.push(match news {
                News::Put(entry) => Change::put(entry),
                News::Gone(wire) => Change::Gone(wire.clone()),
            });
        }
        let (under_way, refused) = (VecDeque::new(), BTreeSet::new());
        Self { from, upto: catalog.head(), changes, sent: 0, parts: 0, under_way, is_cut: false, refused }
    }

    /// Offers again what the peer refused, unless it is in here anyway.
    pub(crate) fn add_again<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) {
        let mut entries = entries.peekable();
        if entries.peek().is_none() {
            return;
        }
        let already: BTreeSet<WireKey> = self.changes.iter().map(|change| change.key().clone()).collect();
        self.changes.extend(entries.filter(|entry| !already.contains(&entry.sent_as.key)).map(Change::put));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether nothing is left to be sent.
    pub(crate) fn is_all_sent(&self) -> bool {
        self.is_cut
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.is_cut && self.under_way.is_empty()
    }

    /// What it carries, by its names.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &WireKey> {
        self.changes.iter().map(Change::key)
    }

    /// Whether something waits for an answer.
    pub(crate) fn is_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Nothing more of it is sent. What waits for an answer.
    pub(crate) fn give_up(self) -> VecDeque<UnderWay> {
        self.under_way
    }

    /// The session ended: what was sent in it may be lost.
    pub(crate) fn end_session(&mut self) {
        self.under_way.clear();
    }

    /// Goes on after what the peer has set aside, if that is the beginning of this very transfer.
    pub(crate) fn resume(mut self, staged: Staged) -> Option<Self> {
        let done = usize::try_from(staged.changes).ok().filter(|done| *done < self.changes.len())?;
        let mut checksum = Checksum::default();
        self.changes[..done].iter().for_each(|change| checksum.add(change.key()));
        if checksum != staged.checksum || staged.parts == 0 {
            return None;
        }
        (self.sent, self.parts, self.is_cut) = (done, staged.parts, false);
        self.under_way.clear();
        Some(self)
    }

    /// The parts that may be sent now. `before`: what waits for an answer beside its own.
    pub(crate) fn send(&mut self, now: Mono, window: &Window, before: &VecDeque<UnderWay>, nonces: &mut Nonces) -> Vec<ResponseBody> {
        let mut sent = Vec::new();
        let mut bytes_under_way: usize = before.iter().chain(&self.under_way).map(|part| part.bytes).sum();
        while !self.is_cut {
            let (end, bytes) = self.cut(window.part_bytes());
            if !window.allows(bytes, before.len() + self.under_way.len(), bytes_under_way) {
                break;
            }
            let nonce = nonces.next();
            bytes_under_way += bytes;
            sent.push(self.part(nonce.clone(), end));
            self.under_way.push_back(UnderWay { nonce, bytes, sent_at: now, changes: self.sent..end });
            (self.sent, self.parts, self.is_cut) = (end, self.parts.saturating_add(1), end == self.changes.len());
        }
        sent
    }

    /// The peer answered a part, and with it those before it: parts are answered in order. Refuses what is named of them. Says
    /// whether the answer was to anything.
    pub(crate) fn answered(&mut self, nonce: &Nonce, rejected: &[WireKey], now: Mono, window: &mut Window) -> bool {
        let Some(index) = self.under_way.iter().position(|part| part.nonce == *nonce) else {
            return false;
        };
        let was_full = !self.is_cut;
        let answered: Vec<UnderWay> = self.under_way.drain(..=index).collect();
        let bytes = answered.iter().map(|part| part.bytes).sum();
        let (Some(first), Some(last)) = (answered.first(), answered.last()) else {
            return false;
        };
        let range = first.changes.start..last.changes.end;
        if range.end < self.changes.len() {
            // The last part is answered when all is durable, which says nothing about the way.
            window.answered(now, last.sent_at, bytes, was_full);
        }
        let carried: BTreeSet<&WireKey> =
            if rejected.is_empty() { BTreeSet::new() } else { self.changes[range].iter().map(Change::key).collect() };
        self.refused.extend(rejected.iter().filter(|key| carried.contains(key)).cloned());
        true
    }

    /// Where the next part ends, and how many bytes it has: changes of one kind.
    fn cut(&self, part_bytes: usize) -> (usize, usize) {
        let (mut end, mut bytes) = (self.sent, 0);
        let kind = self.changes.get(end).map(|change| &change.key().kind);
        while let Some(change) = self.changes.get(end).filter(|change| Some(&change.key().kind) == kind) {
            if end > self.sent && bytes + change.bytes() > part_bytes {
                break;
            }
            bytes += change.bytes();
            end += 1;
        }
        (end, bytes)
    }

    fn part(&self, nonce: Nonce, end: usize) -> ResponseBody {
        let (mut put, mut gone) = (Vec::new(), Vec::new());
        for change in &self.changes[self.sent..end] {
            match change {
                Change::Put(resource, _) => put.push(Arc::clone(resource)),
                Change::Gone(wire) => gone.push(wire.clone()),
            }
        }
        let kind = self.changes.get(self.sent).map_or_else(Kind::mesh, |change| change.key().kind.clone());
        let last = end == self.changes.len();
        let transfer = Some(Transfer { from: self.from, upto: self.upto, part: self.parts, last });
        ResponseBody::Resources { kind, nonce, put, gone, transfer }
    }
}

impl Change {
    fn put(entry: &Entry) -> Self {
        Self::Put(Arc::clone(&entry.sent_as), entry.size)
    }

    fn key(&self) -> &WireKey {
        match self {
            Self::Put(resource, _) => &resource.key,
            Self::Gone(wire) => wire,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put(_, bytes) => *bytes,
            Self::Gone(wire) => wire.name.as_str().len(),
        }
    }
}
