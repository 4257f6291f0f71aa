//! The process runs itself again, in namespaces of its own.
//!
//! ```text
//! outer      the process that was started: makes the namespaces, starts init, waits, ends as it ends
//!   init     process 1 of the new process namespace: mounts /proc, starts the inside, reaps orphans, ends as the inside ends
//!     inside the same program with the same arguments and streams: `is_inside()` is true
//! ```
//!
//! All three are the same executable and begin with the same `main`, which calls [`reenter`] as long as it is not inside:
//!
//! ```no_run
//! # #[cfg(target_os = "linux")]
//! # fn work() {}
//! # #[cfg(target_os = "linux")]
//! fn main() {
//!     if !strait_netns_testbed::is_inside() {
//!         match strait_netns_testbed::reenter() {
//!             Ok(code) => std::process::exit(code),
//!             Err(why) => {
//!                 eprintln!("{why}");
//!                 std::process::exit(77);
//!             }
//!         }
//!     }
//!     work();
//! }
//! # #[cfg(not(target_os = "linux"))]
//! # fn main() {}
//! ```
//!
//! Nothing is left behind, however it ends: init is killed by the kernel when outer ends (`PR_SET_PDEATHSIG`), everything inside is
//! killed by the kernel when init ends (it is process 1), and namespaces and mounts end with the last process in them. There is no
//! code that cleans up. Inside, `/run` is an empty file system in memory, and so is [`scratch`].
//!
//! No root is needed: without the capabilities for it, the namespaces are made in a user namespace, in which this user is root.
mod init;
mod outer;
mod refusal;
mod signals;
mod stage;

pub use refusal::{CannotEnter, Step};

use stage::Stage;
use std::path::Path;

/// Whether this process, or one that started it, was run again in namespaces of its own.
pub fn is_inside() -> bool {
    stage::of_this_process() == Stage::Inside
}

/// Runs this executable again, inside, with the same arguments, environment and streams. Returns its exit code when it has ended: 128
/// and the number of the signal if one ended it. SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on.
///
/// Call it before any thread is started, and exit with what it returns: this process is no good for anything else afterwards.
///
/// # Errors
/// The system refuses something: what, probably why, and what to do about it.
pub fn reenter() -> Result<i32, CannotEnter> {
    match stage::of_this_process() {
        Stage::Init { outer } => init::run(outer),
        Stage::Outer | Stage::Inside => outer::run(),
    }
}

/// Inside: an empty folder in memory that ends with the namespaces.
pub fn scratch() -> &'static Path {
    Path::new("/run/scratch")
}
