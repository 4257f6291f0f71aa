//! What a kind of policies says of itself. A new kind is one file in `kinds/`, and a line in its table.
use super::merge::{Contribution, Merged, merge};
use serde_json::{Map, Value};
use std::fmt;

/// A kind of policies.
pub struct PolicyKind {
    /// Its name, such as `MeshTimeout`.
    pub name: &'static str,
    /// Where it stands in lists of kinds: Kuma's order of plugins.
    pub order: u16,
    /// What its items for traffic that a proxy sends are; `None`: it has none.
    pub(super) to: Option<ToItems>,
    /// What its items for traffic that a proxy receives are; `None`: it has none.
    pub(super) inbound: Option<InboundItems>,
    /// Writes the defaults of Kuma's schema into a conf, which then count as set.
    pub(super) write_defaults: fn(&mut Value),
    /// Whether a conf has the form of this kind; else where it has not, and why.
    pub(super) check: fn(&Value) -> Result<(), (String, String)>,
}

/// Items of `to`.
pub(super) struct ToItems {
    /// The conf of an item.
    pub(super) conf: fn(&Map<String, Value>) -> Value,
    /// Where in an item that stands; empty: the item itself.
    pub(super) at: &'static str,
    /// What several confs, in ascending importance, come to.
    pub(super) merge: fn(&[Contribution<'_>]) -> Vec<Merged>,
}

/// Items of `rules` and `from`.
pub(super) struct InboundItems {
    pub(super) from: FromItems,
    /// Whether the confs of rules without matches are merged into one; else all of them are judged together.
    pub(super) is_merged: bool,
}

/// What the older `from` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromItems {
    /// The same as `rules` without matches, where there are no `rules`.
    AreRules,
    /// Sets of clients, told apart by tags.
    AreSubsets,
}

impl ToItems {
    /// Items whose conf stands in `default`, and of which several are merged into one.
    pub(super) const fn plain() -> Self {
        Self { conf: default_of, at: "default", merge: |confs| vec![merge(confs)] }
    }
}

/// The conf of an item, where it stands in `default`.
pub(super) fn default_of(item: &Map<String, Value>) -> Value {
    item.get("default").filter(|conf| !conf.is_null()).cloned().unwrap_or_else(|| Value::Object(Map::new()))
}

impl PolicyKind {
    /// The kind of this name, if it is in the table.
    pub fn named(name: &str) -> Option<&'static Self> {
        super::KINDS.iter().copied().find(|kind| kind.name == name)
    }

    /// What `from` means; `None`: it has none.
    pub fn from_items(&self) -> Option<FromItems> {
        self.inbound.as_ref().map(|inbound| inbound.from)
    }
}

impl fmt::Debug for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
