//! Edits: what a user asks a control plane to write, and its answer.
use crate::{
    machine::StoreFailure,
    resource::{Key, Resource},
    sync::Position,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names one edit, so that its answer finds whoever asked. Given by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub u64);

/// One change of one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// Create it, or replace it.
    Put(Resource),
    /// Delete it. Deleting what is not there changes nothing.
    Delete(Key),
}

impl Change {
    /// What is changed.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put(resource) => &resource.key,
            Self::Delete(key) => key,
        }
    }
}

/// The answer to an edit. `Ok` is given once the edit is durable; all its changes apply, or none.
pub type EditOutcome = Result<Position, EditRefused>;

/// Why an edit was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum EditRefused {
    /// Fields that are wrong.
    #[error("{}", List(.0))]
    Invalid(Vec<Violation>),
    /// The resource is written elsewhere: on global, or in its own zone.
    #[error("{key} is written {owner}, not here")]
    NotOwner {
        /// Which.
        key: Key,
        /// Where it is written: `on global`, `in zone east`.
        owner: String,
    },
    /// What an operator decided cannot be carried out (why, and what is allowed).
    #[error("{0}")]
    Operation(String),
    /// The store does not take writes.
    #[error("the store does not take writes: {0}")]
    Store(String),
}

impl EditRefused {
    /// The store failed while it wrote this.
    pub(crate) fn unknown(why: StoreFailure) -> Self {
        Self::Store(format!("{why}, and whether this was stored is not known"))
    }
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which resource.
    pub key: Key,
    /// Which field, such as `spec.to[0].targetRef.kind`.
    pub field: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.key, self.field, self.message)
    }
}

struct List<'a>(&'a [Violation]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{violation}")?;
        }
        Ok(())
    }
}
