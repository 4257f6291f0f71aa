//! A control plane as a process: a node with its store, from its start to its stop, and what others in the process ask of it.
//!
//! One *life* is one recovery: store, node, connections and servers, in a runtime of its own. A store that fails ends the life after the
//! node was kept for a while; the next begins from what is stored then. So nothing of a life outlives it.
mod data_dir;
mod desk;
mod examine;
mod guard;
mod life;
pub mod news;
mod proxy_guard;
mod proxy_keys;
mod role;
mod surroundings;

pub use data_dir::{DataDir, DataDirError};
pub use desk::{Desk, Gone};
pub use examine::{Examined, examine};
pub use guard::Guard;
pub use life::{Life, StartError, Stopped, entropy, live};
pub use proxy_guard::ProxyGuard;
pub use proxy_keys::{CannotMakeKey, ProxyKeys};
pub use role::{Role, RoleError};
pub use surroundings::Surroundings;

use strait_core::time::Wall;

/// What the clock of this machine shows.
#[expect(clippy::disallowed_methods, reason = "here it is handed in: a process runs on the clock of its machine")]
pub fn wall() -> Wall {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Wall(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
