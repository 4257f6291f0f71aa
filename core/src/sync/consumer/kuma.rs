//! From a plain Kuma: the first response of a kind is its whole state, unless that would wipe us.
use super::{Answer, Incoming, Receiver, Taken, admit, too_much_is_refused};
use crate::{
    node::FreezeReason,
    resource::{Key, Kind, Resource, WireKey},
    sync::Nonce,
};
use std::{collections::BTreeSet, sync::Arc};

/// One later response that removes at least so many, and more than half of what is held, freezes.
const MANY: usize = 10;

/// Whether a provider may remove as much as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// It owns what it sent, and nobody else depends on its memory: a zone towards global.
    Full,
    /// A global that lost its data must not wipe its zones.
    Guarded,
}

/// What arrives from one Kuma peer within one session.
#[derive(Debug)]
pub(crate) struct KumaConsumer {
    usual: Trust,
    trust: Trust,
    /// Kinds of which a response has come.
    begun: BTreeSet<Kind>,
    frozen: Option<FreezeReason>,
    adopting: bool,
}

impl KumaConsumer {
    pub(crate) fn new(trust: Trust) -> Self {
        Self { usual: trust, trust, begun: BTreeSet::new(), frozen: None, adopting: false }
    }

    /// The next session starts over: what froze stays frozen until the provider says otherwise, kind by kind.
    pub(crate) fn end_session(&mut self) {
        self.begun.clear();
    }

    /// Whether all of a kind that the provider has is held, as far as it is taken.
    pub(crate) fn has_begun(&self, kind: &Kind) -> bool {
        self.frozen.is_none() && self.begun.contains(kind)
    }

    pub(crate) fn frozen(&self) -> Option<FreezeReason> {
        self.frozen
    }

    /// An operator takes what this provider says, in the session that comes.
    pub(crate) fn adopt(&mut self) {
        self.adopting = true;
        self.frozen = None;
    }

    /// The session that begins is not the one that an operator meant.
    pub(crate) fn forget_adoption(&mut self) {
        self.adopting = false;
        self.trust = self.usual;
    }

    /// A new session begins: judge anew. An adoption holds for this one session.
    pub(crate) fn begin_session(&mut self) {
        self.frozen = None;
        self.trust = if std::mem::take(&mut self.adopting) { Trust::Full } else { self.usual };
    }

    pub(crate) fn take(&mut self, kind: Kind, nonce: Nonce, put: &[Arc<Resource>], gone: &[WireKey], receiver: &dyn Receiver) -> Taken {
        if self.frozen.is_some() {
            // Nothing is answered, so that the provider keeps at most one response of each kind under way.
            return Taken::Ignored;
        }
        let held: BTreeSet<Key> = receiver.copies(Some(&kind)).into_iter().collect();
        let (admitted, rejected) = admit(receiver, put);
        if let Some(why) = too_much_is_refused(&rejected, false, receiver) {
            return Taken::Broken(why);
        }
        let first = !self.begun.contains(&kind);
        let gone: Vec<Key> = if first {
            let listed: BTreeSet<&Key> = put.iter().map(|resource| &resource.key).collect();
            held.iter().filter(|key| !listed.contains(key)).cloned().collect()
        } else {
            let again: BTreeSet<&Key> = put.iter().map(|resource| &resource.key).collect();
            gone.iter().filter(|key| held.contains(key) && !again.contains(key)).cloned().collect()
        };
        if let Some(reason) = self.refuses(&kind, first, gone.len(), held.len()) {
            self.frozen = Some(reason);
            return Taken::Froze(reason);
        }
        self.begun.insert(kind.clone());
        let answer = Answer { kind, nonce, rejected: rejected.clone() };
        Taken::Apply(Incoming { put: admitted, gone, whole: false, floor: None, rejected }, answer)
    }

    fn refuses(&self, kind: &Kind, first: bool, gone: usize, held: usize) -> Option<FreezeReason> {
        let most = gone * 2 > held;
        match self.trust {
            Trust::Full => None,
            Trust::Guarded if first && kind.as_str() == "Mesh" && gone > 0 => Some(FreezeReason::MeshMissing),
            Trust::Guarded if most && (first || gone >= MANY) => Some(FreezeReason::MassRemoval),
            Trust::Guarded => None,
        }
    }
}
