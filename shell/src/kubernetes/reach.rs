//! How the API of a cluster answers, for people.
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};
use strait_core::kubernetes::{CustomKind, ObjectKind};

/// How the API answers about each kind. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Reach(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    kinds: BTreeMap<ObjectKind, Reached>,
    events: Option<String>,
    definitions: Definitions,
    writes: Writes,
}

/// Which kinds of the mesh the API has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Definitions {
    /// Those that it does not have.
    pub missing: BTreeSet<CustomKind>,
    /// Why that is not known (any more); `None`: it is.
    pub failing: Option<String>,
}

/// How the API takes what is written to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Writes {
    /// How many writes were asked for.
    pub asked: u64,
    /// Why the last one was not done; `None`: it was.
    pub failing: Option<String>,
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

    /// Which kinds of the mesh it has.
    pub fn defined(&self) -> Definitions {
        self.look(|inner| inner.definitions.clone())
    }

    /// How it takes what is written.
    pub fn writes(&self) -> Writes {
        self.look(|inner| inner.writes.clone())
    }

    #[cfg(feature = "kubernetes")]
    pub(super) fn definitions(&self, missing: Result<BTreeSet<CustomKind>, String>) {
        self.look(|inner| match missing {
            Ok(missing) => inner.definitions = Definitions { missing, failing: None },
            Err(why) => inner.definitions.failing = Some(why),
        });
    }

    #[cfg(feature = "kubernetes")]
    pub(super) fn written(&self, failing: Option<String>) {
        self.look(|inner| inner.writes = Writes { asked: inner.writes.asked + 1, failing });
    }

    #[cfg(feature = "kubernetes")]
    pub(super) fn forget(&self, kind: ObjectKind) {
        self.look(|inner| _ = inner.kinds.remove(&kind));
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
