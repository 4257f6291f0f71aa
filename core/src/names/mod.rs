//! Names of services: which host name leads to which service of a mesh, in one zone.
//!
//! A pure index: it is told what changed, and says what that changes for whoever asks. What a change costs follows the services that it
//! is about; a generator is about all services that it selects.
//!
//! | file | what |
//! | --- | --- |
//! | `service` | which service: the same wherever its resource lies and whatever that is called there |
//! | `generator` | the generators: those of users, and Kuma's defaults |
//! | `index` | who claims which name, and who has it |
mod generator;
mod index;
mod service;

pub use index::{NameChange, Names};
pub use service::ServiceId;
