//! How the API of a cluster answers, for people.
use serde::Serialize;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use strait_core::kubernetes::ObjectKind;

/// How the API answers about each kind. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Reach(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    kinds: BTreeMap<ObjectKind, Reached>,
    events: Option<String>,
}

/// How the API answers about one kind of objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reached {
    /// The version up to which all is known.
    pub version: u64,
    /// How many lists were asked for; one in parts is one.
    pub lists: u64,
    /// How many watches were asked for.
    pub watches: u64,
    /// Why nothing new becomes known; `None`: it does.
    pub failing: Option<String>,
}

impl Reach {
    /// How it answers, by kind.
    pub fn kinds(&self) -> BTreeMap<ObjectKind, Reached> {
        self.look(|inner| inner.kinds.clone())
    }

    /// Why no Events can be written.
    pub fn events(&self) -> Option<String> {
        self.look(|inner| inner.events.clone())
    }

    #[cfg(feature = "kubernetes")]
    pub(super) fn about(&self, kind: ObjectKind, note: impl FnOnce(&mut Reached)) {
        self.look(|inner| note(inner.kinds.entry(kind).or_default()));
    }

    #[cfg(feature = "kubernetes")]
    pub(super) fn events_fail(&self, why: Option<String>) {
        self.look(|inner| inner.events = why);
    }

    fn look<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
