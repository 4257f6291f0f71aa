//! Sets of clients, told apart by the tags that they carry: what `from` says, the older way (Kuma 2.14; gone in 3.0).
use crate::resource::model::TargetRef;
use serde::Serialize;
use std::collections::BTreeMap;

const SERVICE: &str = "kuma.io/service";

/// The clients that carry all of these tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clients(pub(super) BTreeMap<String, String>);

/// A set of clients for which one conf holds: those that carry the tags that are not negated, and none of the others. Empty: all clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Subset(pub Vec<Tag>);

/// One tag of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Who does not carry it is meant.
    #[serde(rename = "not")]
    pub negated: bool,
}

impl Clients {
    /// Those that an item of `from` is about; `None`: its kind is not one for `from`.
    pub(super) fn of(target: &TargetRef) -> Option<Self> {
        let tags = || target.tags.clone().unwrap_or_default();
        let service = || [(SERVICE.to_owned(), target.name.clone().unwrap_or_default())];
        match target.kind.as_str() {
            "Mesh" => Some(Self::default()),
            "MeshSubset" => Some(Self(tags())),
            "MeshService" => Some(Self(service().into())),
            "MeshServiceSubset" => Some(Self(tags().into_iter().chain(service()).collect())),
            _ => None,
        }
    }

    /// Whether a client may be among both: they do not want different values of one tag.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().all(|(key, value)| other.0.get(key).is_none_or(|theirs| theirs == value))
    }

    /// Whether all of `subset` are among these.
    pub(super) fn contains(&self, subset: &Subset) -> bool {
        let carries = |key: &String, value: &String| subset.0.iter().any(|tag| !tag.negated && tag.key == *key && tag.value == *value);
        self.0.iter().all(|(key, value)| carries(key, value))
    }
}

impl Subset {
    /// Whether a client with these tags is among them. One without tags is only among all.
    pub fn fits(&self, client: &BTreeMap<String, String>) -> bool {
        let is_met = |tag: &Tag| client.get(&tag.key).map_or(tag.negated, |value| (*value == tag.value) != tag.negated);
        self.0.is_empty() || (!client.is_empty() && self.0.iter().all(is_met))
    }

    /// How many tags they carry for certain.
    pub(super) fn positive(&self) -> usize {
        self.0.iter().filter(|tag| !tag.negated).count()
    }
}
