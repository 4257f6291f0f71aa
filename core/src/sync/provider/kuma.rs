//! Towards a plain Kuma: each kind stands alone, its first response of a session is its whole state, and one response of it is
//! under way at a time.
use super::{Nonces, Refused};
use crate::{
    resource::{Kind, Resource, WireKey},
    sync::{
        Nonce, ResponseBody,
        catalog::{Catalog, Entry, News},
        filter::Audience,
    },
    time::Mono,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// About how many bytes of resources one response may have: a message may have 10 MiB.
const LARGEST_RESPONSE: usize = 9 << 20;
/// So often a peer may ask for a kind without answering what it is sent.
const MOST_ASKS: u32 = 8;
/// So many kinds a peer may ask for; Kuma has about 50.
const MOST_KINDS: usize = 1000;

/// What is sent to one Kuma peer within one session.
#[derive(Debug, Default)]
pub(crate) struct KumaProvider {
    kinds: BTreeMap<Kind, Sent>,
    /// What the peer refused. It names no resource, so all of a refused response is offered again.
    refused: Refused,
    nonces: Nonces,
}

/// How far one kind has come. What the peer has is what was sent: a NACK does not take it back.
#[derive(Debug, Default)]
struct Sent {
    upto: Option<u64>,
    under_way: Option<(Nonce, Vec<WireKey>)>,
    /// The first response was answered.
    begun: bool,
    /// How often it was asked for while a response was under way.
    asks: u32,
    /// What did not fit into the last response.
    rest: VecDeque<Item>,
    /// The whole kind, as it was at a sequence, has so many bytes: more than a message may have.
    too_large: Option<(u64, usize)>,
}

/// A resource to be sent, and about how many bytes it has.
#[derive(Clone, Debug)]
struct Item {
    resource: Arc<Resource>,
    bytes: usize,
}

impl KumaProvider {
    /// For a session in which responses are called so.
    pub(crate) fn new(nonces: Nonces) -> Self {
        Self { nonces, ..Self::default() }
    }

    /// The peer asks for a kind. Asking again starts the kind anew. `Err`: it does so again and again, and answers nothing; or asks
    /// for more kinds than anybody knows.
    pub(crate) fn subscribe(&mut self, kind: Kind) -> Result<(), String> {
        let before = self.kinds.get(&kind).filter(|sent| sent.under_way.is_some());
        let asks = before.map_or(0, |sent| sent.asks) + 1;
        if asks > MOST_ASKS {
            return Err(format!("it asked {asks} times for {kind} and answered nothing"));
        }
        if self.kinds.len() >= MOST_KINDS && !self.kinds.contains_key(&kind) {
            return Err(format!("it asked for more than {MOST_KINDS} kinds"));
        }
        self.kinds.insert(kind, Sent { asks, ..Sent::default() });
        Ok(())
    }

    /// What to send now. `may_begin` says for which kinds a first, authoritative response may be given.
    pub(crate) fn pump(
        &mut self,
        catalog: &Catalog,
        audience: &Audience,
        may_begin: &dyn Fn(&Kind) -> bool,
        now: Mono,
    ) -> Vec<ResponseBody> {
        let due: BTreeSet<WireKey> = self.refused.due(now).cloned().collect();
        let mut responses = Vec::new();
        for (kind, sent) in &mut self.kinds {
            if sent.under_way.is_some() || (sent.upto.is_none() && (!may_begin(kind) || sent.is_too_large(catalog, kind))) {
                continue;
            }
            let (mut put, mut gone) = (std::mem::take(&mut sent.rest), Vec::new());
            if put.is_empty() {
                let first = sent.upto.is_none();
                (put, gone) = changes(catalog, audience, kind, sent.upto);
                for wire in due.iter().filter(|wire| wire.kind == *kind) {
                    self.refused.offered(wire, now);
                    let again = catalog.entry_named(wire).filter(|entry| catalog.is_for(audience, entry));
                    put.extend(again.filter(|_| !put.iter().any(|item| item.resource.key == *wire)).map(Item::of));
                }
                if first && sent.judge(catalog, &put) {
                    continue;
                }
                sent.upto = Some(catalog.head().seq);
                if !first && put.is_empty() && gone.is_empty() {
                    continue;
                }
            }
            for wire in &gone {
                // What is no more is no longer refused.
                self.refused.settle(wire);
            }
            let put = sent.fill(put);
            let nonce = self.nonces.next();
            sent.under_way = Some((nonce.clone(), put.iter().map(|resource| resource.key.clone()).collect()));
            responses.push(ResponseBody::Resources { kind: kind.clone(), nonce, put, gone, transfer: None });
        }
        responses
    }

    /// Kinds of which nothing is sent because the first response would be too large, and about how many bytes it would have.
    pub(crate) fn too_large(&self) -> BTreeMap<Kind, usize> {
        self.kinds.iter().filter_map(|(kind, sent)| sent.too_large.map(|(_, bytes)| (kind.clone(), bytes))).collect()
    }

    /// The peer acknowledged, or refused something of a response. Kuma names neither; any answer re-arms the kind.
    pub(crate) fn answered(&mut self, kind: &Kind, nonce: &Nonce, refused: bool, now: Mono) {
        let Some(sent) = self.kinds.get_mut(kind) else {
            return;
        };
        let Some((_, keys)) = sent.under_way.take_if(|(sent, _)| sent == nonce) else {
            return;
        };
        sent.begun = true;
        for key in keys {
            if refused {
                self.refused.add(key, now);
            } else {
                self.refused.settle(&key);
            }
        }
    }

    /// Whether everything that may be sent was sent and answered.
    pub(crate) fn is_settled(&self, catalog: &Catalog, audience: &Audience, may_begin: &dyn Fn(&Kind) -> bool) -> bool {
        !self.kinds.is_empty()
            && self.kinds.iter().all(|(kind, sent)| {
                sent.under_way.is_none()
                    && sent.rest.is_empty()
                    && match sent.upto {
                        None => !may_begin(kind) || sent.too_large.is_some(),
                        Some(upto) => {
                            let (put, gone) = changes(catalog, audience, kind, Some(upto));
                            put.is_empty() && gone.is_empty()
                        }
                    }
            })
    }

    /// Whether some kind has yet to be sent whole, and taken.
    pub(crate) fn needs_everything(&self, catalog: &Catalog, may_begin: &dyn Fn(&Kind) -> bool) -> bool {
        let is_next = |kind: &Kind, sent: &Sent| sent.upto.is_some() || (may_begin(kind) && !sent.is_too_large(catalog, kind));
        self.kinds.iter().any(|(kind, sent)| !sent.begun && is_next(kind, sent))
    }

    /// Up to where this peer was told of what went.
    pub(crate) fn told_upto(&self) -> u64 {
        self.kinds.values().filter_map(|sent| sent.upto).min().unwrap_or(u64::MAX)
    }

    /// What waits to be offered again.
    pub(crate) fn refused(&self) -> impl Iterator<Item = &WireKey> {
        self.refused.keys()
    }

    pub(crate) fn next_retry(&self) -> Option<Mono> {
        // Of a kind whose response is under way, or that may not begin, nothing can be offered now.
        self.refused.next_due_of(|key| self.kinds.get(&key.kind).is_some_and(|sent| sent.upto.is_some() && sent.under_way.is_none()))
    }
}

impl Sent {
    /// Whether it was found too large for a first response, and nothing of the kind has changed since.
    fn is_too_large(&self, catalog: &Catalog, kind: &Kind) -> bool {
        self.too_large.is_some_and(|(at, _)| catalog.last_change_of(kind) <= Some(at))
    }

    /// Whether a first response of all this would be too large.
    fn judge(&mut self, catalog: &Catalog, whole: &VecDeque<Item>) -> bool {
        let bytes = whole.iter().map(|item| item.bytes).sum();
        self.too_large = (bytes > LARGEST_RESPONSE).then_some((catalog.head().seq, bytes));
        self.too_large.is_some()
    }

    /// As much as fits into one response. What does not goes with the next.
    fn fill(&mut self, mut put: VecDeque<Item>) -> Vec<Arc<Resource>> {
        let (mut bytes, mut fits) = (0, Vec::new());
        while let Some(item) = put.pop_front() {
            bytes += item.bytes;
            if bytes > LARGEST_RESPONSE && !fits.is_empty() {
                put.push_front(item);
                break;
            }
            fits.push(item.resource);
        }
        self.rest = put;
        fits
    }
}

impl Item {
    fn of(entry: &Entry) -> Self {
        Self { resource: Arc::clone(&entry.sent_as), bytes: entry.size }
    }
}

fn changes(catalog: &Catalog, audience: &Audience, kind: &Kind, since: Option<u64>) -> (VecDeque<Item>, Vec<WireKey>) {
    let (mut put, mut gone) = (VecDeque::new(), Vec::new());
    for news in catalog.news_of(kind, audience, since) {
        match news {
            News::Put(entry) => put.push_back(Item::of(entry)),
            News::Gone(wire) => gone.push(wire.clone()),
        }
    }
    (put, gone)
}
