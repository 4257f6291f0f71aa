//! Certificates of proxies: what a zone's node decides is signed here.
//!
//! The key of an authority is made here, and leaves only sealed (AES-256-GCM) by a key that lies in the data directory beside the store; so what a
//! store holds, and what goes out with it, is of no use without that. The key of a certificate goes to the proxy it is for, and is not kept.
//!
//! | module | what |
//! | --- | --- |
//! | `authority` | authorities and certificates (SPIFFE X.509-SVIDs) |
//! | `seal` | keys, sealed and unsealed |
//! | `issuer` | carrying out what a node asks for |
mod authority;
mod issuer;
mod seal;

pub use authority::{Svid, make_authority, sign};
pub use issuer::Issuer;
pub use seal::{SEALING_KEY, Sealer, SealerError};
