//! Tokens in Kuma's form: JWTs, RS256, whose key stands in a secret and is named as `kid`.
//!
//! By a *zone token*, with a scope of its own, a zone control plane proves which zone it is. Its keys are GlobalSecrets
//! `zone-token-signing-key-SERIAL` in global's store, which never leave global. By a *dataplane token* a proxy proves which `Dataplane` it may
//! be. Its keys are Secrets `dataplane-token-signing-key-MESH-SERIAL` of its mesh, which follow the mesh to the zones, where proxies show their
//! tokens. Keys are backed up with the store, rotated by writing a higher serial, and withdrawn by deleting a lower one. None of the two tokens
//! passes for the other: their keys are others, and so is what they say.
mod bearers;
mod dataplane;
mod dataplane_keys;
mod jwt;
mod key;
mod keys;
mod proxy;
mod secret;
mod stored;
mod zone;

pub use bearers::Bearers;
pub use dataplane::{CannotIssue, DataplaneClaims, DataplaneRefused, issue_dataplane, verify_dataplane};
pub use dataplane_keys::DataplaneKeys;
pub use key::SigningKey;
pub use keys::SigningKeys;
pub use proxy::{ProxyIdentity, WORKLOAD};
pub use secret::Token;
pub use stored::BadSecret;
pub use zone::{Refused, issue, verify};
