//! Tokens in Kuma's form: JWTs, RS256, whose key stands in a secret and is named as `kid`.
//!
//! By a *zone token* a zone control plane proves which zone it is, and an ingress that it may let others into a zone; each needs a scope of its own,
//! and is not the other. Its keys are GlobalSecrets `zone-token-signing-key-SERIAL` in global's store, which never leave global; zones are sent their
//! public halves, and judge ingresses by those. By a *dataplane token* a proxy proves which `Dataplane` it may
//! be. Its keys are Secrets `dataplane-token-signing-key-MESH-SERIAL` of its mesh, which follow the mesh to the zones, where proxies show their
//! tokens. Keys are backed up with the store, rotated by writing a higher serial, and withdrawn by deleting a lower one. None of these tokens
//! passes for another: their keys are others, and so is what they say.
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
mod zone_keys;

pub use bearers::Bearers;
pub use dataplane::{CannotIssue, DataplaneClaims, DataplaneRefused, issue_dataplane, verify_dataplane};
pub use dataplane_keys::DataplaneKeys;
pub use key::SigningKey;
pub use keys::SigningKeys;
pub use proxy::{ProxyIdentity, WORKLOAD};
pub use secret::Token;
pub use stored::BadSecret;
pub use zone::{IngressRefused, Refused, Scope, issue, verify, verify_ingress};
pub use zone_keys::ZoneKeys;
