//! What a zone asks of the API of its cluster, and how that goes. The API is a peer: what is written there is an effect, its answer an input.
use super::object::{ObjectId, Seen};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that is asked of the API, once. The answer names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// Which.
    pub number: u64,
    /// About which object.
    pub id: ObjectId,
    /// What.
    pub wish: Wish,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wish {
    /// Create this object. It is not done if there is one of the name.
    Create(Value),
    /// Put this object, which names a uid and a version, in the place of that one, and of no other.
    Replace(Value),
    /// Delete it, if it is this one in this version.
    Delete {
        /// Its uid.
        uid: String,
        /// Its version.
        version: u64,
    },
}

/// How it went. Each [`Ask`] has one answer, or none if the process ends; it may come late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// Which.
    pub number: u64,
    /// The object as it is now, unless it was deleted; or why it was not done.
    pub outcome: Result<Option<Seen>, NotDone>,
}

/// Why something was not done, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotDone {
    /// There is one of that name.
    AlreadyThere,
    /// It is another one by now, or in another version.
    Conflict,
    /// The API takes it in no case, as it is; or there is nothing of the kind, or no such namespace.
    Refused(String),
    /// The API does not answer, or not now; whether it was done is not known.
    Unknown {
        /// What it said, or did.
        why: String,
        /// How long it asks to be left alone, in milliseconds.
        wait_ms: u64,
    },
}
