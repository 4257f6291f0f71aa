//! What the build of a control plane is too old to read, although its peers are not.
//!
//! A Strait's driver then cannot decode what such a resource says, and its node refuses it by name. A Kuma's validators refuse it.
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use strait_core::{
    Node, Out, Step,
    node::{Change, GlobalInput, Observation, ZoneInput},
    resource::{Key, RawSpec, Resource, Spec},
    sync::{Response, ResponseBody},
    time::{Mono, Now},
};

/// Why.
const WHY: &str = "this build is too old to read it";

/// What is refused at one host, by the names that its authors gave. Known to the host and to its process.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Mutex<BTreeSet<Key>>>);

impl Refusals {
    fn keys(&self) -> MutexGuard<'_, BTreeSet<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it cannot read this.
    pub fn reject(&self, key: &Key) {
        self.keys().insert(key.clone());
    }

    /// From now on it can.
    pub fn accept(&self, key: &Key) {
        self.keys().remove(key);
    }

    /// From now on it cannot read these, and can read everything else.
    pub fn reject_only(&self, keys: &BTreeSet<Key>) {
        self.keys().clone_from(keys);
    }

    /// Why a resource is refused; `None` if it is not. On the wire it may have another name, but says how its author called it.
    pub(crate) fn why(&self, resource: &Resource) -> Option<&'static str> {
        let named =
            |key: &Key| key.kind == resource.key.kind && key.mesh == resource.key.mesh && key.name.as_str() == resource.display_name();
        self.keys().iter().any(named).then_some(WHY)
    }

    fn decode(&self, resource: &mut Resource) {
        if let Some(why) = self.why(resource) {
            let raw = resource.spec.raw().cloned().unwrap_or_else(|| RawSpec { type_url: String::new(), bytes: Vec::new() });
            resource.spec = Spec::undecodable(raw, why.to_owned());
        }
    }

    fn decode_response(&self, response: &mut Response) {
        if let ResponseBody::Resources { put, .. } = &mut response.body {
            put.iter_mut().filter(|put| self.why(put).is_some()).for_each(|put| self.decode(Arc::make_mut(put)));
        }
    }

    fn decode_changes(&self, changes: &mut [Change]) {
        for change in changes {
            if let Change::Put(resource) = change {
                self.decode(resource);
            }
        }
    }
}

/// A Strait behind a driver that cannot decode what is refused.
pub(crate) struct Refusing<I, E> {
    pub(crate) node: Box<dyn Node<Input = I, Effect = E> + Send>,
    pub(crate) refusals: Refusals,
}

/// What goes into a node.
pub(crate) trait Decoded {
    /// As a driver hands it over that cannot decode what is refused.
    fn decode(&mut self, refusals: &Refusals);
}

impl Decoded for GlobalInput {
    fn decode(&mut self, refusals: &Refusals) {
        match self {
            Self::Response(_, response) => refusals.decode_response(response),
            Self::Edit { changes, .. } => refusals.decode_changes(changes),
            _ => {}
        }
    }
}

impl Decoded for ZoneInput {
    fn decode(&mut self, refusals: &Refusals) {
        match self {
            Self::Response(_, response) => refusals.decode_response(response),
            Self::Edit { changes, .. } => refusals.decode_changes(changes),
            _ => {}
        }
    }
}

impl<I: Decoded, E> Node for Refusing<I, E> {
    type Input = I;
    type Effect = E;

    fn handle(&mut self, now: Now, mut step: Step<I>, out: &mut Out<E>) {
        if let Step::Input(input) = &mut step {
            input.decode(&self.refusals);
        }
        self.node.handle(now, step, out);
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.node.deadline()
    }

    fn observe(&self) -> &Observation {
        self.node.observe()
    }
}
