//! What the build of a control plane is too old to read or to understand, although its peers are not.
//!
//! A Strait's driver then cannot decode what such a resource says, and its node refuses it by name. A Kuma's validators refuse it.
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use strait_core::{
    Emit, Node, Out, Step,
    node::{Change, GlobalEffect, GlobalInput, Observation, ZoneEffect, ZoneInput},
    resource::{Key, RawSpec, Resource, Spec},
    sync::{Request, RequestBody, Response, ResponseBody},
    time::{Mono, Now},
};
use strait_scenarios::features::Feature;

/// Why.
const WHY: &str = "this build is too old to read it";

/// What is refused at one host. Known to the host and to its process.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Mutex<Age>>);

#[derive(Debug, Default)]
struct Age {
    /// Resources that it cannot read, by the names that their authors gave.
    unreadable: BTreeSet<Key>,
    /// What it does not understand, and says so.
    lacks: BTreeSet<Feature>,
    /// What the first build did not.
    first: BTreeSet<Feature>,
}

impl Refusals {
    /// Those of a build that does not understand this.
    pub fn lacking(lacks: BTreeSet<Feature>) -> Self {
        Self(Arc::new(Mutex::new(Age { first: lacks.clone(), lacks, ..Age::default() })))
    }

    fn age(&self) -> MutexGuard<'_, Age> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it cannot read this.
    pub fn reject(&self, key: &Key) {
        self.age().unreadable.insert(key.clone());
    }

    /// From now on it can.
    pub fn accept(&self, key: &Key) {
        self.age().unreadable.remove(key);
    }

    /// From the next start of its process on it understands everything.
    pub fn upgrade(&self) {
        self.age().lacks.clear();
    }

    /// From the next start of its process on it understands what it did at first.
    pub fn downgrade(&self) {
        let mut age = self.age();
        age.lacks = age.first.clone();
    }

    /// What it says that it understands, of all that there is.
    pub(crate) fn understood(&self, features: &mut BTreeSet<String>) {
        let age = self.age();
        features.retain(|feature| !age.lacks.iter().any(|lacks| lacks.to_string() == *feature));
    }

    fn lacks_something(&self) -> bool {
        !self.age().lacks.is_empty()
    }

    /// From now on it cannot read these, and can read everything else.
    pub fn reject_only(&self, keys: &BTreeSet<Key>) {
        self.age().unreadable.clone_from(keys);
    }

    /// Why a resource is refused; `None` if it is not. On the wire it may have another name, but says how its author called it.
    pub(crate) fn why(&self, resource: &Resource) -> Option<&'static str> {
        let named =
            |key: &Key| key.kind == resource.key.kind && key.mesh == resource.key.mesh && key.name.as_str() == resource.display_name();
        let age = self.age();
        let refused_without = || age.lacks.intersection(&Feature::needed_for(resource)).any(|lacks| lacks.is_refused_without());
        (age.unreadable.iter().any(named) || (!age.lacks.is_empty() && refused_without())).then_some(WHY)
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

/// A Strait of an older build: its driver cannot decode what is refused, and it does not say that it understands what it lacks.
pub(crate) struct TooOld<I, E> {
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

/// What a node says.
pub(crate) trait Says {
    /// The request that this is.
    fn request(&mut self) -> Option<&mut Request>;
}

impl Says for GlobalEffect {
    fn request(&mut self) -> Option<&mut Request> {
        if let Self::Request(_, request) = self { Some(request) } else { None }
    }
}

impl Says for ZoneEffect {
    fn request(&mut self) -> Option<&mut Request> {
        if let Self::Request(_, request) = self { Some(request) } else { None }
    }
}

impl<I: Decoded, E: Says> Node for TooOld<I, E> {
    type Input = I;
    type Effect = E;

    fn handle(&mut self, now: Now, mut step: Step<I>, out: &mut Out<E>) {
        if let Step::Input(input) = &mut step {
            input.decode(&self.refusals);
        }
        if !self.refusals.lacks_something() {
            return self.node.handle(now, step, out);
        }
        let mut said = Out::new();
        self.node.handle(now, step, &mut said);
        for mut emit in said.take() {
            if let Emit::Effect(effect) = &mut emit
                && let Some(RequestBody::Subscribe { hello, .. } | RequestBody::SubscribeAll { hello, .. }) =
                    effect.request().map(|request| &mut request.body)
            {
                self.refusals.understood(&mut hello.features);
            }
            out.push(emit);
        }
    }

    fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.node.deadline()
    }

    fn observe(&self) -> &Observation {
        self.node.observe()
    }
}
