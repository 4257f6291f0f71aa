//! Tokens by which a zone control plane proves which zone it is: JWTs, RS256, in Kuma's form, with a scope of their own.
//!
//! The keys are GlobalSecrets `zone-token-signing-key-SERIAL` in global's store, as in Kuma: they are backed up with it, rotated by writing a
//! higher serial, and withdrawn by deleting a lower one. They never leave global.
mod claims;
mod key;
mod secret;

pub use claims::{Refused, issue, verify};
pub use key::{BadKey, SigningKey, SigningKeys};
pub use secret::Token;
