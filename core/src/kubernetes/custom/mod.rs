//! Resources of the mesh as custom resources of a cluster, both ways: what users apply there becomes resources of the zone, and what the zone holds
//! otherwise stands there as copies.
mod copy;
mod definition;
mod kind;
mod object;
mod written;

pub(crate) use copy::{Copy, copied, copy_of};
pub use definition::definition;
pub use kind::{CustomKind, GROUP, NotCustom, Placed, VERSION};
pub(super) use object::custom;
pub use object::{CustomObject, Digest, OWN};
pub(crate) use written::{BY_OBJECT, resource_of};
