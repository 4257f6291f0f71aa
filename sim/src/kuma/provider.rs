//! A Kuma as the provider of a lane: per kind, the difference between a snapshot and what was sent on this stream.
//!
//! What was sent counts as delivered: a NACK changes nothing. A kind has at most one response that was not answered; what
//! changes meanwhile goes into the next one.
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    resource::{Kind, Resource, WireKey},
    sync::{Nonce, ResponseBody},
};

/// Resources by the name that they have on the wire.
pub(super) type Versions = BTreeMap<WireKey, Arc<Resource>>;

/// One stream, seen by its provider.
#[derive(Debug, Default)]
pub(super) struct Provider {
    /// Absent until there was anything at all to provide: until then nobody is answered.
    snapshot: Option<BTreeMap<Kind, Arc<Versions>>>,
    streams: BTreeMap<Kind, Watch>,
    responses: u64,
    /// Kuma walks a map of the language it is written in, so that the order of kinds differs from start to start.
    order: u64,
}

/// How far one kind has come.
#[derive(Debug, Default)]
struct Watch {
    /// The consumer may be sent a response.
    armed: bool,
    /// The consumer has been sent a response.
    begun: bool,
    sent: Arc<Versions>,
}

impl Provider {
    /// One that sends its kinds in this order.
    pub(super) fn in_order(order: u64) -> Self {
        Self { order, ..Self::default() }
    }

    /// Whether a consumer has asked for anything.
    pub(super) fn is_asked(&self) -> bool {
        !self.streams.is_empty()
    }

    /// The consumer asks for a kind for the first time.
    pub(super) fn subscribe(&mut self, kind: Kind) {
        self.streams.insert(kind, Watch { armed: true, ..Watch::default() });
    }

    /// The consumer answered, with an ACK or a NACK: both re-arm the kind, whatever their nonce.
    pub(super) fn answered(&mut self, kind: &Kind) {
        if let Some(watch) = self.streams.get_mut(kind) {
            watch.armed = true;
        }
    }

    /// Takes a snapshot of these kinds. The first is kept only if there is anything in it.
    pub(super) fn refresh(&mut self, listed: impl Iterator<Item = (Kind, Arc<Versions>)>) {
        match &mut self.snapshot {
            Some(snapshot) => snapshot.extend(listed),
            None => {
                let first: BTreeMap<Kind, Arc<Versions>> = listed.collect();
                self.snapshot = first.values().any(|versions| !versions.is_empty()).then_some(first);
            }
        }
    }

    /// Whether the first snapshot was kept, so that only what changes needs to be listed again.
    pub(super) fn has_snapshot(&self) -> bool {
        self.snapshot.is_some()
    }

    /// The responses that may be sent now.
    pub(super) fn pump(&mut self) -> Vec<ResponseBody> {
        let Some(snapshot) = &self.snapshot else {
            return Vec::new();
        };
        let nothing = Arc::new(Versions::new());
        let mut due = Vec::new();
        for (kind, watch) in self.streams.iter_mut().filter(|(_, watch)| watch.armed) {
            // A kind that Kuma does not know is answered as well, with nothing.
            let now = snapshot.get(kind).unwrap_or(&nothing);
            let (put, gone) = watch.difference(now);
            if watch.begun && put.is_empty() && gone.is_empty() {
                continue;
            }
            *watch = Watch { armed: false, begun: true, sent: Arc::clone(now) };
            due.push((place(kind, self.order), kind.clone(), put, gone));
        }
        due.sort_by_key(|(place, ..)| *place);
        let respond = |(_, kind, put, gone)| {
            self.responses += 1;
            ResponseBody::Resources { kind, nonce: Nonce(self.responses.to_string()), put, gone, transfer: None }
        };
        due.into_iter().map(respond).collect()
    }

    /// Whether everything of the snapshot was sent and answered. An armed kind has nothing to send, or [`Self::pump`] had sent it.
    pub(super) fn is_settled(&self) -> bool {
        self.is_asked() && (self.snapshot.is_none() || self.streams.values().all(|watch| watch.armed && watch.begun))
    }
}

/// Where a kind stands in such an order: FNV-1a over its name.
fn place(kind: &Kind, order: u64) -> u64 {
    kind.as_str().bytes().fold(order ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Watch {
    fn difference(&self, now: &Versions) -> (Vec<Arc<Resource>>, Vec<WireKey>) {
        let is_sent = |key: &WireKey, resource: &Arc<Resource>| {
            self.sent.get(key).is_some_and(|sent| Arc::ptr_eq(sent, resource) || sent == resource)
        };
        let put = now.iter().filter(|(key, resource)| !is_sent(key, resource)).map(|(_, resource)| Arc::clone(resource)).collect();
        let gone = self.sent.keys().filter(|key| !now.contains_key(*key)).cloned().collect();
        (put, gone)
    }
}
