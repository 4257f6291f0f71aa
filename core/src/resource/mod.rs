//! Resources as users write them and as control planes exchange them: names, kinds, labels, specs.
mod hash;
mod json_len;
mod key;
mod kind;
pub mod labels;
mod limits;
pub mod model;
mod name;
mod plain;
mod role;
pub(crate) mod signing_key;
mod spec;
mod text;
mod universal;
mod value;

pub use hash::hashed_name;
pub use key::{Key, WireKey};
pub use kind::{Across, Encoding, KNOWN_KINDS, Kind, KindFacts, Scope};
pub use labels::{Labels, Origin};
pub(crate) use limits::unfit;
pub use limits::{MOST_BYTES, MOST_DEPTH, MOST_LABEL_BYTES};
pub use name::{MeshName, NameError, ResourceName, ZoneName};
pub use role::{MixedRoles, PolicyRole, policy_role};
pub use spec::{RawSpec, Spec};
pub use universal::{ParseError, from_json, from_yaml, key_from_json, to_json, to_yaml};
pub use value::Resource;
