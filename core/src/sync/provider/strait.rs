//! Towards a Strait: one transfer at a time, over all kinds, from what the peer holds to the head.
use super::{Nonces, Refused};
use crate::{
    resource::{Kind, Resource, WireKey},
    sync::{
        Nonce, Position, ResponseBody, Staged, Standing, Transfer,
        catalog::{Catalog, News},
        filter::Audience,
    },
    time::Mono,
};
use std::{collections::VecDeque, sync::Arc};

/// A part is closed once it has grown beyond this (approximate) number of bytes. Well below the 10 MiB that a message may have.
const PART_BYTES: usize = 1 << 20;
/// How many bytes may be under way without an acknowledgement of their part.
const WINDOW_BYTES: usize = 4 << 20;
/// How many parts may be under way: each kind is a part of its own, so that a first transfer has dozens of small ones.
const WINDOW_PARTS: usize = 64;

/// What the peer said that it holds.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) held: Option<Position>,
    pub(crate) staged: Option<Staged>,
    pub(crate) rejected: Vec<WireKey>,
}

/// What is sent to one Strait peer, across its sessions.
#[derive(Debug, Default)]
pub(crate) struct StraitProvider {
    /// The peer has said what it holds, in this session.
    asked: bool,
    held: Option<Position>,
    standing: Option<Standing>,
    outgoing: Option<Outgoing>,
    refused: Refused,
    nonces: Nonces,
}

/// A transfer under way. Outlives the session, so that the next one can go on with it.
#[derive(Debug)]
struct Outgoing {
    from: Option<Position>,
    upto: Position,
    parts: Vec<Part>,
    acked: usize,
    under_way: VecDeque<(Nonce, usize)>,
    next: usize,
    refused: Vec<WireKey>,
}

#[derive(Clone, Debug)]
struct Part {
    kind: Kind,
    put: Vec<Arc<Resource>>,
    gone: Vec<WireKey>,
    bytes: usize,
}

impl StraitProvider {
    /// The peer's session ended. What was sent is forgotten, but not the transfer itself.
    pub(crate) fn end_session(&mut self) {
        self.asked = false;
        self.standing = None;
        self.nonces = Nonces::default();
        if let Some(outgoing) = &mut self.outgoing {
            outgoing.under_way.clear();
        }
    }

    /// The peer says what it holds.
    pub(crate) fn ask(&mut self, asked: Asked, catalog: &Catalog, audience: &Audience, now: Mono) {
        self.asked = true;
        self.held = asked.held;
        self.standing = asked.held.map(|held| catalog.lineage().standing(held));
        for key in asked.rejected {
            self.refused.add(key, now);
        }
        let resumed = asked.staged.and_then(|staged| self.resume(staged, catalog, audience));
        self.outgoing = resumed;
    }

    /// What the peer last said or acknowledged to hold.
    pub(crate) fn held(&self) -> Option<Position> {
        self.held
    }

    /// The peer's history, seen from ours.
    pub(crate) fn standing(&self) -> Option<Standing> {
        self.standing
    }

    /// An operator adopted: what the peer holds may now be part of a stretch that was given up.
    pub(crate) fn reconsider(&mut self, catalog: &Catalog) {
        if self.asked {
            self.standing = self.held.map(|held| catalog.lineage().standing(held));
        }
    }

    /// Whether the peer holds everything and nothing is under way.
    pub(crate) fn is_settled(&self, catalog: &Catalog) -> bool {
        self.asked && self.outgoing.is_none() && self.held == Some(catalog.head())
    }

    /// What waits to be offered again.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &WireKey> {
        // What was refused of earlier parts counts before the last is answered.
        self.refused.keys().chain(self.outgoing.iter().flat_map(|outgoing| &outgoing.refused))
    }

    pub(crate) fn next_retry(&self) -> Option<Mono> {
        self.refused.next_due().filter(|_| self.asked && self.outgoing.is_none() && self.standing != Some(Standing::Forked))
    }

    /// What to send now. `even_nothing`: also say so when nothing of it is for this peer, so that its position follows the head.
    pub(crate) fn pump(&mut self, catalog: &Catalog, audience: &Audience, even_nothing: bool, now: Mono) -> Vec<ResponseBody> {
        if !self.asked || self.standing == Some(Standing::Forked) {
            return Vec::new();
        }
        // What the peer may no longer hold is not sent on, though it belongs to an earlier position.
        self.outgoing.take_if(|outgoing| !outgoing.is_all_sent() && catalog.has_turned(audience, outgoing.upto.seq));
        if self.outgoing.is_none() {
            self.outgoing = self.begin(catalog, audience, even_nothing, now);
        }
        let Some(outgoing) = &mut self.outgoing else {
            return Vec::new();
        };
        outgoing.send(&mut self.nonces)
    }

    /// The peer acknowledged, refusing what is named. With its last part, the peer holds the whole transfer.
    pub(crate) fn answered(&mut self, nonce: &Nonce, rejected: &[WireKey], now: Mono) {
        let Some(outgoing) = &mut self.outgoing else {
            return;
        };
        let Some(index) = outgoing.under_way.iter().position(|(sent, _)| sent == nonce) else {
            return;
        };
        // Parts are answered in order; an answer stands for those before it too.
        outgoing.under_way.drain(..=index);
        outgoing.acked += index + 1;
        outgoing.refused.extend_from_slice(rejected);
        if let Some(done) = self.outgoing.take_if(|outgoing| outgoing.acked == outgoing.parts.len()) {
            self.settle(done, now);
        }
    }

    fn settle(&mut self, done: Outgoing, now: Mono) {
        let sent = done.parts.iter().flat_map(|part| part.put.iter().map(|put| &put.key).chain(&part.gone));
        for key in sent.filter(|key| !done.refused.contains(key)) {
            self.refused.settle(key);
        }
        for key in done.refused {
            self.refused.add(key, now);
        }
        self.held = Some(done.upto);
        self.standing = Some(Standing::Contained);
    }

    fn begin(&mut self, catalog: &Catalog, audience: &Audience, even_nothing: bool, now: Mono) -> Option<Outgoing> {
        let upto = catalog.head();
        let from = self.held.filter(|_| self.standing == Some(Standing::Contained));
        let mut parts = parts_since(catalog, from, audience);
        let retries: Vec<WireKey> = self.refused.due(now).cloned().collect();
        add_retries(&mut parts, catalog, audience, &retries);
        for key in &retries {
            match catalog.entry_named(key) {
                Some(_) => self.refused.offered(key, now),
                None => drop(self.refused.settle(key)),
            }
        }
        let behind = from != Some(upto);
        if parts.is_empty() && !(behind && (even_nothing || from.is_none())) {
            return None;
        }
        Some(Outgoing::new(from, upto, parts))
    }

    /// Goes on with a transfer whose first parts the peer has set aside, if we can still give the rest of the very same.
    fn resume(&mut self, staged: Staged, catalog: &Catalog, audience: &Audience) -> Option<Outgoing> {
        let same = |outgoing: &Outgoing| {
            outgoing.from == staged.from && outgoing.upto == staged.upto && !catalog.has_turned(audience, outgoing.upto.seq)
        };
        let mut outgoing = match self.outgoing.take().filter(same) {
            Some(outgoing) => outgoing,
            // After a restart of ours, equal ends give equal parts.
            None if staged.upto == catalog.head() && staged.from == self.held.filter(|_| self.standing == Some(Standing::Contained)) => {
                Outgoing::new(staged.from, staged.upto, parts_since(catalog, staged.from, audience))
            }
            None => return None,
        };
        let parts = usize::try_from(staged.parts).ok().filter(|parts| *parts < outgoing.parts.len())?;
        outgoing.acked = parts;
        outgoing.next = parts;
        Some(outgoing)
    }
}

impl Outgoing {
    fn new(from: Option<Position>, upto: Position, mut parts: Vec<Part>) -> Self {
        if parts.is_empty() {
            parts.push(Part { kind: Kind::mesh(), put: Vec::new(), gone: Vec::new(), bytes: 0 });
        }
        Self { from, upto, parts, acked: 0, under_way: VecDeque::new(), next: 0, refused: Vec::new() }
    }

    fn is_all_sent(&self) -> bool {
        self.next == self.parts.len()
    }

    fn send(&mut self, nonces: &mut Nonces) -> Vec<ResponseBody> {
        let mut sent = Vec::new();
        while let Some(part) = self.parts.get(self.next) {
            let bytes: usize = self.under_way.iter().map(|(_, bytes)| bytes).sum();
            if !self.under_way.is_empty() && (bytes + part.bytes > WINDOW_BYTES || self.under_way.len() >= WINDOW_PARTS) {
                break;
            }
            let nonce = nonces.next();
            self.under_way.push_back((nonce.clone(), part.bytes));
            sent.push(ResponseBody::Resources {
                kind: part.kind.clone(),
                nonce,
                put: part.put.clone(),
                gone: part.gone.clone(),
                transfer: Some(Transfer {
                    from: self.from,
                    upto: self.upto,
                    part: u32::try_from(self.next).unwrap_or(u32::MAX),
                    last: self.next + 1 == self.parts.len(),
                }),
            });
            self.next += 1;
        }
        sent
    }
}

/// Everything of the catalog that is for this peer and changed after `from`, cut into parts. Equal inputs give equal parts.
fn parts_since(catalog: &Catalog, from: Option<Position>, audience: &Audience) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for news in catalog.news(audience, from.map(|from| from.seq)) {
        match news {
            News::Put(entry) => part_for(&mut parts, entry.kind(), entry.size).put.push(Arc::clone(&entry.sent_as)),
            News::Gone(wire) => gone(&mut parts, wire),
        }
    }
    parts
}

fn gone(parts: &mut Vec<Part>, wire: &WireKey) {
    part_for(parts, &wire.kind, wire.name.as_str().len()).gone.push(wire.clone());
}

/// The part that takes `bytes` more of this kind.
fn part_for<'a>(parts: &'a mut Vec<Part>, kind: &Kind, bytes: usize) -> &'a mut Part {
    let fits = parts.last().is_some_and(|part| part.kind == *kind && part.bytes + bytes <= PART_BYTES);
    if !fits {
        parts.push(Part { kind: kind.clone(), put: Vec::new(), gone: Vec::new(), bytes: 0 });
    }
    let part = parts.last_mut().expect("there is a part: one was pushed if there was none");
    part.bytes += bytes;
    part
}

fn add_retries(parts: &mut Vec<Part>, catalog: &Catalog, audience: &Audience, retries: &[WireKey]) {
    for wire in retries {
        let already = parts.iter().any(|part| part.put.iter().any(|put| put.key == *wire));
        if !already && let Some(entry) = catalog.entry_named(wire).filter(|entry| catalog.is_for(audience, entry)) {
            part_for(parts, entry.kind(), entry.size).put.push(Arc::clone(&entry.sent_as));
        }
    }
}
