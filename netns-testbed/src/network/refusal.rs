//! Why a network cannot be built.
use std::io;

/// Why a network cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CannotBuild {
    /// The plan has more sites than there are addresses for.
    #[error("{sites} sites are planned, and there are addresses for {at_most}")]
    TooManySites {
        /// How many are planned.
        sites: usize,
        /// How many there may be.
        at_most: usize,
    },
    /// The plan has more hosts in a site than there are addresses for.
    #[error("{hosts} hosts are planned in one site, and there are addresses for {at_most}")]
    TooManyHosts {
        /// How many are planned.
        hosts: usize,
        /// How many there may be.
        at_most: usize,
    },
    /// Each namespace and each site takes file descriptors.
    #[error("the network needs {needed} file descriptors, and this process may have {limit}: raise `ulimit -n`")]
    FileDescriptors {
        /// How many it takes.
        needed: u64,
        /// How many this process may have.
        limit: u64,
    },
    /// The machine has no room for so many namespaces.
    #[error("the network needs {needed} network namespaces, and {setting} is {limit}: raise it")]
    Namespaces {
        /// How many it takes.
        needed: u64,
        /// How many there may be.
        limit: u64,
        /// What says so.
        setting: &'static str,
    },
    /// A namespace, its thread or a setting of it was refused. Out of memory, processes (`ulimit -u`) or namespaces, or not inside.
    #[error("a network namespace was refused: {0}")]
    Namespace(#[source] io::Error),
    /// A device, an address or a route was refused.
    #[error("{what}: {why}")]
    Devices {
        /// Whose it is.
        what: &'static str,
        /// What was refused, and why.
        #[source]
        why: io::Error,
    },
    /// The emulator could not be started.
    #[error("the WAN emulator could not be started: {0}")]
    Wan(#[source] io::Error),
}
