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
//! | `resolver` | what is answered to a question of DNS, without its bytes |
//! | `shown` | what is shown of a service in Kuma's `status` |
//! | `domains` | the domains for which a zone speaks |
//! | `askers` | in which mesh an address asks |
//! | `tree` | which names have names below them |
mod askers;
mod domains;
mod generator;
mod index;
mod resolver;
mod service;
mod shown;
mod tree;

pub use index::{NameChange, Names};
pub use resolver::{ANSWER_TTL_SECONDS, Answer, MESH_DOMAIN, NEGATIVE_TTL_SECONDS, Question, Resolver, Wanted};
pub use service::ServiceId;
pub use shown::{Reached, unshown};
