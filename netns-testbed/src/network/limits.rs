//! Whether the machine holds what is planned: said before it is built, in words, and not by the hundredth namespace.
use super::{CannotBuild, Plan};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::fs;

/// For everything else that the process has open.
const OTHER_DESCRIPTORS: u64 = 64;
/// One leads to it; while the network is built, there is a netlink socket beside it.
const DESCRIPTORS_OF_A_NAMESPACE: u64 = 2;
/// The emulator's packet socket.
const DESCRIPTORS_OF_A_SITE: u64 = 1;

/// Raises the limit of file descriptors as far as it may be, and says if something is too small.
pub(super) fn make_room(plan: &Plan) -> Result<(), CannotBuild> {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let (sites, hosts) = (count(plan.count_sites()), count(plan.count_hosts()));
    let namespaces = sites + hosts + 1;
    let needed = namespaces * DESCRIPTORS_OF_A_NAMESPACE + sites * DESCRIPTORS_OF_A_SITE + OTHER_DESCRIPTORS;
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        if needed > hard {
            return Err(CannotBuild::FileDescriptors { needed, limit: hard });
        }
        if soft < hard {
            // Processes and sockets that come later need some too.
            _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
        }
    }
    let limit = fs::read_to_string("/proc/sys/user/max_net_namespaces").ok().and_then(|limit| limit.trim().parse().ok());
    match limit {
        Some(limit) if namespaces > limit => Err(CannotBuild::Namespaces { needed: namespaces, limit, setting: "user.max_net_namespaces" }),
        _ => Ok(()),
    }
}
