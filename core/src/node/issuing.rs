//! Certificates of proxies: what a zone decides, and its shell carries out. No key is ever seen here: that of an authority comes and goes
//! sealed, that of a certificate goes from who signs it to the proxy.
use super::ProxySession;
use crate::{plan::Identity, resource::Key};
use serde::{Deserialize, Serialize};

/// What is to be carried out. Each is answered once, by its number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Issue {
    /// Make an authority.
    Authority {
        /// Which request.
        request: u64,
        /// For this `MeshIdentity`.
        identity: Key,
        /// Of this trust domain.
        trust_domain: String,
    },
    /// Sign a certificate, and hand it to a proxy with its key.
    Certificate {
        /// Which request.
        request: u64,
        /// To whom.
        session: ProxySession,
        /// Who that is.
        identity: Identity,
        /// Who vouches for it.
        authority: Authority,
    },
}

/// An authority, whose key only who sealed it can use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its trust domain.
    pub trust_domain: String,
    /// Its certificate, in PEM.
    pub certificate: String,
    /// Its key, sealed, in base64.
    pub sealed_key: String,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Issued {
    /// An authority was made.
    Authority {
        /// Which request.
        request: u64,
        /// It, or why there is none.
        made: Result<Authority, String>,
    },
    /// A certificate was signed and handed over.
    Certificate {
        /// Which request.
        request: u64,
        /// Or why not.
        signed: Result<(), NotSigned>,
    },
}

/// Why a certificate was not signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotSigned {
    /// The key of the authority cannot be unsealed any more (why): another authority is needed.
    Lost(String),
    /// It may go well another time (why not this time).
    Failed(String),
}
