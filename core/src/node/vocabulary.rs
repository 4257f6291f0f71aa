//! What goes into the two nodes and what they ask for.
use super::{Change, EditOutcome, FromProxy, Issue, Issued, Operation, ProxySession, Ticket, ToProxy};
use crate::{
    kubernetes::{Answered, Ask, News},
    machine::StoreFailure,
    resource::{Key, ZoneName},
    sync::{Dialect, Request, Response, Session},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// What goes into a global.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GlobalInput {
    /// A zone opened both lanes of a session. The driver has checked that it may call itself so.
    Opened {
        /// Which.
        session: Session,
        /// Who.
        zone: ZoneName,
        /// What it speaks.
        dialect: Dialect,
    },
    /// A session ended, in whatever way. Never follows [`GlobalEffect::Close`] of the same session.
    Closed {
        /// Which.
        session: Session,
    },
    /// So much waits to be said on a session, and is not taken, that the driver holds no more of it.
    Stuck {
        /// Which.
        session: Session,
    },
    /// A zone asks, on lane `down`.
    Request(Session, Request),
    /// A zone provides, on lane `up`.
    Response(Session, Response),
    /// More of a message has come, which is not whole yet. Told about once in a second while that lasts.
    Receiving(Session),
    /// A user writes.
    Edit {
        /// Comes back in [`GlobalEffect::Done`].
        ticket: Ticket,
        /// All or none.
        changes: Vec<Change>,
    },
    /// An operator decides.
    Operate {
        /// Comes back in [`GlobalEffect::Done`].
        ticket: Ticket,
        /// What.
        operation: Operation,
    },
}

/// What a global asks its driver to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GlobalEffect {
    /// Ask the zone, on lane `up`.
    Request(Session, Request),
    /// Provide to the zone, on lane `down`.
    Response(Session, Response),
    /// End the session. Nothing more comes of it.
    Close {
        /// Which.
        session: Session,
        /// Why; told to the zone.
        why: Refusal,
    },
    /// Answer an edit or an operation.
    Done {
        /// Which.
        ticket: Ticket,
        /// How it went.
        outcome: EditOutcome,
    },
}

/// What goes into a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ZoneInput {
    /// The answer to [`ZoneEffect::Dial`]: both lanes are open, and this is what global speaks; or why not.
    Dialed(Result<(Session, Dialect), DialError>),
    /// A session ended, in whatever way. Never follows [`ZoneEffect::Hangup`] of the same session.
    Closed {
        /// Which.
        session: Session,
        /// What global said why, if it did.
        why: Option<Refusal>,
    },
    /// So much waits to be said on a session, and is not taken, that the driver holds no more of it.
    Stuck {
        /// Which.
        session: Session,
    },
    /// Global asks, on lane `up`.
    Request(Session, Request),
    /// Global provides, on lane `down`.
    Response(Session, Response),
    /// More of a message has come, which is not whole yet. Told about once in a second while that lasts.
    Receiving(Session),
    /// A proxy of this zone says something.
    Proxy(ProxySession, FromProxy),
    /// The answer to [`ZoneEffect::Issue`].
    Issued(Issued),
    /// Something becomes known of the cluster that the zone's proxies are pods of.
    Kubernetes(News),
    /// The answer to [`ZoneEffect::Kubernetes`].
    KubernetesAnswered(Answered),
    /// A user writes.
    Edit {
        /// Comes back in [`ZoneEffect::Done`].
        ticket: Ticket,
        /// All or none.
        changes: Vec<Change>,
    },
    /// An operator decides.
    Operate {
        /// Comes back in [`ZoneEffect::Done`].
        ticket: Ticket,
        /// What.
        operation: Operation,
    },
}

/// What a zone asks its driver to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ZoneEffect {
    /// Connect to global, once, and answer with [`ZoneInput::Dialed`]. Only one is under way at a time.
    Dial {
        /// Counts from 1 since the last useful session.
        attempt: u32,
    },
    /// End the session. Nothing more comes of it.
    Hangup {
        /// Which.
        session: Session,
    },
    /// Ask global, on lane `down`.
    Request(Session, Request),
    /// Provide to global, on lane `up`.
    Response(Session, Response),
    /// Tell a proxy of this zone.
    Proxy(ProxySession, ToProxy),
    /// Make an authority, or sign a certificate, and answer with [`ZoneInput::Issued`].
    Issue(Issue),
    /// Ask the API of the zone's cluster for something, and answer with [`ZoneInput::KubernetesAnswered`].
    Kubernetes(Ask),
    /// What the resolver reads has moved: it reads again, it is handed no queue.
    Published {
        /// Which resources.
        affected: BTreeSet<Key>,
    },
    /// Answer an edit or an operation.
    Done {
        /// Which.
        ticket: Ticket,
        /// How it went.
        outcome: EditOutcome,
    },
}

/// Why global ends a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// A newer process of the same zone control plane has connected.
    Superseded,
    /// An operator removed the zone whose store this is.
    Removed,
    /// Another control plane is connected under this name, and its store has another history.
    NameTaken,
    /// The peer lacks something that is needed here (named).
    TooOld(String),
    /// The peer broke the protocol (how).
    Protocol(String),
    /// Nothing was heard for too long.
    Silent,
    /// The peer takes what is said so slowly that it cannot be told any more (what is meant).
    TooSlow(String),
    /// The store of this control plane takes no writes, so that nothing can be promised.
    Store(StoreFailure),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Superseded => f.write_str("superseded: a newer process of this zone control plane has connected"),
            Self::Removed => f.write_str("removed: an operator removed this zone; its store is refused until it is enabled again"),
            Self::NameTaken => f.write_str("name-taken: another control plane is connected under this zone's name"),
            Self::TooOld(what) => write!(f, "too-old: the peer lacks {what}"),
            Self::Protocol(what) => write!(f, "protocol: {what}"),
            Self::Silent => f.write_str("silent: nothing was heard for too long"),
            Self::TooSlow(what) => write!(f, "too-slow: {what}"),
            Self::Store(why) => write!(f, "store: global takes nothing: {why}"),
        }
    }
}

/// Why a dial failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DialError {
    /// Nothing listens there.
    Refused,
    /// No answer in time.
    TimedOut,
    /// Something else, in words.
    Failed(String),
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("nothing listens there"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}
