//! The side of a lane that stores copies: what to take of what a provider says, and what to refuse.
mod kuma;
mod strait;

pub(crate) use kuma::{KumaConsumer, Trust};
pub(crate) use strait::StraitConsumer;

use super::{Nonce, Position};
use crate::{
    node::FreezeReason,
    resource::{Key, Kind, Resource, WireKey},
};
use std::{collections::BTreeMap, sync::Arc};

/// What the receiving node holds and is.
pub(crate) trait Receiver {
    /// Up to where the provider's history is held.
    fn floor(&self) -> Option<Position>;

    /// What is held of this provider, of one kind or of all.
    fn copies(&self, kind: Option<&Kind>) -> Vec<Key>;

    /// What was refused of this provider, and is still waited for.
    fn refused(&self) -> &BTreeMap<WireKey, String>;

    /// The resource as this node would store it, or why it refuses it.
    fn admit(&self, resource: &Arc<Resource>) -> Result<Arc<Resource>, String>;
}

/// Who sends more that is refused than this is no peer.
const MOST_REFUSED: usize = 100_000;

/// Why the provider is given up, if with this too much of it is refused.
fn too_much_is_refused(rejected: &BTreeMap<WireKey, String>, whole: bool, receiver: &dyn Receiver) -> Option<String> {
    let before = receiver.refused();
    let others = if whole { 0 } else { before.len() - rejected.keys().filter(|key| before.contains_key(*key)).count() };
    (rejected.len() + others > MOST_REFUSED).then(|| format!("more than {MOST_REFUSED} of its resources are refused"))
}

/// What a response amounts to.
#[derive(Debug)]
pub(crate) enum Taken {
    /// Nothing to do, and nothing to say: the lane is frozen.
    Ignored,
    /// The lane freezes now.
    Froze(FreezeReason),
    /// The provider broke the protocol: the session ends.
    Broken(String),
    /// A part was set aside.
    SetAside(Answer),
    /// To be stored in one batch, and answered when it is durable.
    Apply(Incoming, Answer),
}

/// The answer to one response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    pub(crate) nonce: Nonce,
    /// What was refused of this very response, and why. Empty: an ACK.
    pub(crate) rejected: BTreeMap<WireKey, String>,
}

/// What becomes different at the receiver, at once.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) put: Vec<Arc<Resource>>,
    pub(crate) gone: Vec<Key>,
    /// This is everything: what was refused before and is not listed is no more.
    pub(crate) whole: bool,
    /// `None` in the Kuma dialect.
    pub(crate) floor: Option<Position>,
    /// What was refused, of all parts.
    pub(crate) rejected: BTreeMap<WireKey, String>,
}

/// Puts apart what the receiver admits and what it refuses.
fn admit(receiver: &dyn Receiver, put: &[Arc<Resource>]) -> (Vec<Arc<Resource>>, BTreeMap<WireKey, String>) {
    let (mut admitted, mut rejected) = (Vec::new(), BTreeMap::new());
    for resource in put {
        match receiver.admit(resource) {
            Ok(resource) => admitted.push(resource),
            Err(why) => {
                rejected.insert(resource.key.clone(), why);
            }
        }
    }
    (admitted, rejected)
}
