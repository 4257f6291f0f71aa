//! S12, order independence: equal sets of resources give byte-equal resolved policy, whatever the order in which they arrived.
//!
//! A zone does not show what policies come to for its proxies. So its changes, in the order in which it made them, go to an index like the one
//! that it resolves with, and what comes out is compared with a naive function of the set that is held
//! ([`oracle::policy`](crate::oracle::policy), which shares no code with the index), and from time to time with an index that was
//! told all of it in another order. What no index can read is left out on both sides.
use super::{Broken, Invariant};
use crate::{
    event::{Event, NodeId, Stepped, What},
    oracle::{
        policy::{self, Expected, Written},
        truth::{Happened, Truth},
    },
};
use serde_json::Value;
use siphasher::sip::SipHasher13;
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{Hash, Hasher},
    sync::Arc,
};
use strait_core::{
    Emit,
    node::ObservationChange,
    policy::{KINDS, PolicyIndex, PolicyKind},
    resource::{Key, Kind, Resource},
    time::Mono,
};

/// After one event so many proxies are compared at most, of one kind each; the others after the next ones, and all at the end.
const AT_ONCE: usize = 8;

/// Policies as something resolves them that is told one change after the other.
pub trait Resolver: Default {
    /// Takes over what is held of a key now. Returns whose policies of which kinds may have changed.
    fn take(&mut self, key: &Key, resource: Option<&Arc<Resource>>) -> BTreeMap<Key, BTreeSet<&'static str>>;

    /// What policies of a kind come to for a proxy; `None`: there is no such proxy.
    fn resolved(&self, proxy: &Key, kind: &'static PolicyKind) -> Option<Value>;

    /// What it cannot read, and leaves out.
    fn left_out(&self) -> BTreeSet<Key>;
}

impl Resolver for PolicyIndex {
    fn take(&mut self, key: &Key, resource: Option<&Arc<Resource>>) -> BTreeMap<Key, BTreeSet<&'static str>> {
        self.apply([(key, resource)]).proxies
    }

    fn resolved(&self, proxy: &Key, kind: &'static PolicyKind) -> Option<Value> {
        let resolved = self.resolve(proxy.mesh.as_ref()?, &proxy.name, kind)?;
        serde_json::to_value(resolved).ok()
    }

    fn left_out(&self) -> BTreeSet<Key> {
        self.unreadable().keys().cloned().collect()
    }
}

/// What one zone holds that policies depend on, resolved in the order in which it came.
///
/// As long as there is no proxy, nothing is resolved: most runs have none, and pay for nothing.
#[derive(Debug, Default)]
pub struct Held<R> {
    /// What is held, and when it came, counted in changes.
    all: BTreeMap<Key, (u64, Arc<Resource>)>,
    changes: u64,
    /// Since there was a proxy.
    resolving: Option<Resolving<R>>,
}

#[derive(Debug, Default)]
struct Resolving<R> {
    resolver: R,
    written: BTreeMap<Key, Written>,
    /// What is to be compared.
    due: BTreeSet<(Key, &'static str)>,
}

impl<R: Resolver> Held<R> {
    /// Takes over what is held of a key now. Says whether policies depend on it.
    pub fn take(&mut self, key: &Key, resource: Option<&Arc<Resource>>) -> bool {
        if !matters(&key.kind) {
            return false;
        }
        self.changes += 1;
        match resource {
            Some(resource) => _ = self.all.insert(key.clone(), (self.changes, Arc::clone(resource))),
            None => _ = self.all.remove(key),
        }
        if let Some(resolving) = &mut self.resolving {
            resolving.take(key, resource);
        } else if key.kind == Kind::dataplane() && resource.is_some() {
            let mut arrived: Vec<_> = self.all.values().collect();
            arrived.sort_by_key(|(change, _)| *change);
            let resolving = self.resolving.insert(Resolving::default());
            arrived.into_iter().for_each(|(_, resource)| resolving.take(&resource.key, Some(resource)));
        }
        true
    }

    /// Compares what a change may have made different, so many at most; from time to time, everything with another order.
    ///
    /// # Errors
    /// Two that should be equal differ: which, and how.
    pub fn judge(&mut self, at_most: usize) -> Result<(), String> {
        let Some(resolving) = &mut self.resolving else { return Ok(()) };
        resolving.compare_with_the_oracle(at_most)?;
        // Less and less often: it costs as much as all that is held.
        if self.changes.is_power_of_two() { self.compare_with_another_order() } else { Ok(()) }
    }

    /// Compares everything.
    ///
    /// # Errors
    /// Two that should be equal differ: which, and how.
    pub fn judge_all(&mut self) -> Result<(), String> {
        let Some(resolving) = &mut self.resolving else { return Ok(()) };
        let proxies = self.all.keys().filter(|key| key.kind == Kind::dataplane());
        resolving.due.extend(proxies.flat_map(|proxy| KINDS.iter().map(|kind| (proxy.clone(), kind.name))));
        resolving.compare_with_the_oracle(usize::MAX)?;
        self.compare_with_another_order()
    }

    fn compare_with_another_order(&self) -> Result<(), String> {
        let Some(resolving) = &self.resolving else { return Ok(()) };
        let mut resources: Vec<&Arc<Resource>> = self.all.values().map(|(_, resource)| resource).collect();
        resources.sort_by_key(|resource| shuffled(&resource.key, self.changes));
        let mut other = R::default();
        resources.iter().for_each(|resource| _ = other.take(&resource.key, Some(resource)));
        if other.left_out() != resolving.resolver.left_out() {
            return Err("what cannot be read depends on the order in which it came".to_owned());
        }
        for proxy in self.all.keys().filter(|key| key.kind == Kind::dataplane()) {
            for kind in KINDS {
                let (found, again) = (resolving.resolver.resolved(proxy, kind), other.resolved(proxy, kind));
                let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
                if text(&found) != text(&again) {
                    return Err(different(proxy, kind.name, found.as_ref(), "the same in another order", again.as_ref()));
                }
            }
        }
        Ok(())
    }
}

impl<R: Resolver> Resolving<R> {
    fn take(&mut self, key: &Key, resource: Option<&Arc<Resource>>) {
        match resource {
            Some(resource) => _ = self.written.insert(key.clone(), Written::of(resource)),
            None => _ = self.written.remove(key),
        }
        for (proxy, kinds) in self.resolver.take(key, resource) {
            self.due.extend(kinds.into_iter().map(|kind| (proxy.clone(), kind)));
        }
    }

    fn compare_with_the_oracle(&mut self, at_most: usize) -> Result<(), String> {
        if self.due.is_empty() {
            return Ok(());
        }
        let left_out = self.resolver.left_out();
        for _ in 0..at_most {
            let Some((proxy, kind)) = self.due.pop_first() else { break };
            let Some(kind) = PolicyKind::named(kind) else { continue };
            let found = self.resolver.resolved(&proxy, kind);
            let expected = match policy::resolve(&self.written, &left_out, &proxy, kind.name) {
                Expected::Comes(expected) => Some(expected),
                Expected::NoProxy => None,
                Expected::TooMuch => continue,
            };
            if found != expected {
                return Err(different(&proxy, kind.name, found.as_ref(), "what is held", expected.as_ref()));
            }
        }
        Ok(())
    }
}

/// Whether policies depend on resources of a kind.
fn matters(kind: &Kind) -> bool {
    let destinations = ["Mesh", "MeshService", "MeshMultiZoneService", "MeshExternalService"];
    *kind == Kind::dataplane() || destinations.contains(&kind.as_str()) || PolicyKind::named(kind.as_str()).is_some()
}

/// Another order each time.
fn shuffled(key: &Key, time: u64) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(time, 0);
    key.hash(&mut hasher);
    hasher.finish()
}

fn different(proxy: &Key, kind: &str, found: Option<&Value>, of: &str, expected: Option<&Value>) -> String {
    let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    format!("{kind} for {proxy} comes to {}, but of {of} comes {}", shown(found), shown(expected))
}

/// S12.
#[derive(Debug, Default)]
pub(super) struct OrderIndependence {
    zones: BTreeMap<NodeId, Held<PolicyIndex>>,
}

impl Invariant for OrderIndependence {
    fn id(&self) -> &'static str {
        "S12"
    }

    fn slug(&self) -> &'static str {
        "order-independence"
    }

    fn see(&mut self, _: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        if event.node.zone().is_none() {
            return Ok(());
        }
        let held = self.zones.entry(event.node.clone()).or_default();
        if follow(held, event) { held.judge(AT_ONCE).map_err(|what| Broken::at(event, what)) } else { Ok(()) }
    }

    fn at_end(&mut self, now: Mono) -> Result<(), Broken> {
        for (node, held) in &mut self.zones {
            held.judge_all().map_err(|what| Broken { at: now, node: node.to_string(), what })?;
        }
        Ok(())
    }
}

/// Takes over what became different. Says whether policies depend on it.
fn follow(held: &mut Held<PolicyIndex>, event: &Event) -> bool {
    let mut matters = false;
    match &event.what {
        // What it starts with comes in the order of its keys, whatever came before: a zone resolves that anew, too.
        What::Started { observation, .. } => {
            *held = Held::default();
            for resource in observation.view.resources.values() {
                matters |= held.take(&resource.key, Some(resource));
            }
        }
        What::Stepped(Stepped::Zone { emits, .. }) => {
            for emit in emits {
                matters |= match emit {
                    Emit::Observed(ObservationChange::Holds(resource)) => held.take(&resource.key, Some(resource)),
                    Emit::Observed(ObservationChange::Dropped(key)) => held.take(key, None),
                    _ => false,
                };
            }
        }
        _ => {}
    }
    matters
}
