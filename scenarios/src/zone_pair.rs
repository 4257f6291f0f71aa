//! Two zones, whose workloads reach each other over a link of its own.
use crate::world::Link;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use strait_core::resource::ZoneName;

/// Two zones, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZonePair(ZoneName, ZoneName);

impl ZonePair {
    /// These two, in whatever order. `None`: they are one.
    pub fn new(one: &ZoneName, other: &ZoneName) -> Option<Self> {
        match one.cmp(other) {
            std::cmp::Ordering::Less => Some(Self(one.clone(), other.clone())),
            std::cmp::Ordering::Greater => Some(Self(other.clone(), one.clone())),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Both.
    pub fn zones(&self) -> [&ZoneName; 2] {
        [&self.0, &self.1]
    }
}

impl fmt::Display for ZonePair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", self.0, self.1)
    }
}

/// What links between zones are like. Of them only the delay counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Between {
    /// Of those of which something is said.
    pub links: BTreeMap<ZonePair, Link>,
    /// Of all others.
    pub otherwise: Link,
}

impl Between {
    /// The link between two zones.
    pub fn of(&self, pair: &ZonePair) -> Link {
        self.links.get(pair).copied().unwrap_or(self.otherwise)
    }
}
