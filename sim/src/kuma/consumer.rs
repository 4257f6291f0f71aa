//! A Kuma as the consumer of a lane: the first response of a kind is its whole state, later ones are increments.
use crate::refusals::Refusals;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    resource::{Key, Kind, Resource, WireKey, model},
    sync::{Nonce, RequestBody},
};

/// One stream, seen by its consumer.
#[derive(Debug, Default)]
pub(super) struct Consumer {
    begun: BTreeSet<Kind>,
}

/// What a response does to the database.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) put: Vec<Arc<Resource>>,
    pub(super) gone: Vec<Key>,
    pub(super) answer: RequestBody,
}

/// The consumer's side of one kind.
pub(super) struct Kept<'a> {
    /// What is held of the kind, by whomever it was made.
    pub(super) held: BTreeMap<&'a Key, &'a Arc<Resource>>,
    /// Whether a resource belongs to this provider; others are neither changed nor deleted by it.
    pub(super) belongs: &'a dyn Fn(&Resource) -> bool,
    /// What its validators refuse beside what is wrong for everybody.
    pub(super) refusals: &'a Refusals,
    /// An update leaves the status alone.
    pub(super) own_status: bool,
}

impl Consumer {
    /// Takes one response. `Err`: the stream dies.
    pub(super) fn take(
        &mut self,
        kind: Kind,
        nonce: Nonce,
        put: Vec<Arc<Resource>>,
        gone: Vec<WireKey>,
        kept: &Kept<'_>,
    ) -> Result<Taken, String> {
        let mut invalid = BTreeMap::new();
        let mut wanted = Vec::new();
        for resource in put {
            if let Some(why) = resource.spec.undecodable_because() {
                return Err(format!("could not unmarshal {}: {why}", resource.key));
            }
            let refused = kept.refusals.why(&resource).map(|why| ("spec".to_owned(), why.to_owned()));
            match refused.into_iter().chain(model::validate(&resource)).next() {
                Some((field, message)) => {
                    invalid.insert(resource.key.clone(), format!("{}: {field}: {message}", resource.key));
                }
                None if (kept.belongs)(&resource) => wanted.push(resource),
                None => {}
            }
        }
        let listed: BTreeSet<Key> = wanted.iter().map(|resource| resource.key.clone()).collect();
        let is_ours = |key: &Key| kept.held.get(key).is_some_and(|held| (kept.belongs)(held));
        let gone: Vec<Key> = if self.begun.insert(kind.clone()) { kept.held.keys().map(|key| (*key).clone()).collect() } else { gone };
        let gone = gone.into_iter().filter(|key| is_ours(key) && !listed.contains(key) && !invalid.contains_key(key)).collect();
        let put = wanted.into_iter().map(|resource| kept.merge(resource)).collect::<Result<_, _>>()?;
        let answer = match invalid.is_empty() {
            true => RequestBody::Ack { kind, nonce },
            false => {
                let message = invalid.into_values().collect::<Vec<_>>().join("; ");
                RequestBody::Nack { kind, nonce, message, rejected: Vec::new() }
            }
        };
        Ok(Taken { put, gone, answer })
    }
}

impl Kept<'_> {
    fn merge(&self, resource: Arc<Resource>) -> Result<Arc<Resource>, String> {
        match self.held.get(&resource.key) {
            None => Ok(resource),
            Some(held) if !(self.belongs)(held) => Err(format!("could not create {}: it already exists", resource.key)),
            Some(held) if self.own_status => Ok(Arc::new(Resource { status: held.status.clone(), ..resource.as_ref().clone() })),
            Some(_) => Ok(resource),
        }
    }
}
