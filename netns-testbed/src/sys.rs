//! The system calls that no crate wraps in a safe function: the only place with `unsafe`.
#![allow(unsafe_code)]
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use std::{
    io, mem,
    os::{
        fd::{AsFd, AsRawFd},
        unix::process::CommandExt,
    },
    process::Command,
};

/// Options of packet sockets that are either on or off.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PacketOption {
    /// Each packet begins with a header that says what the kernel left to the network card: segments and checksums.
    OffloadHeader,
    /// What is sent through the socket's device from here is not received.
    IgnoreOutgoing,
}

/// Switches an option of a packet socket on.
pub(crate) fn switch_on(socket: impl AsFd, option: PacketOption) -> io::Result<()> {
    let name = match option {
        PacketOption::OffloadHeader => libc::PACKET_VNET_HDR,
        PacketOption::IgnoreOutgoing => libc::PACKET_IGNORE_OUTGOING,
    };
    let on: libc::c_int = 1;
    // SAFETY: the value is an int that lives through the call, and its size is said.
    let done = unsafe {
        libc::setsockopt(socket.as_fd().as_raw_fd(), libc::SOL_PACKET, name, (&raw const on).cast(), size_of_val(&on) as libc::socklen_t)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Binds a packet socket to the device of this number, for packets of this EtherType.
pub(crate) fn bind_to_device(socket: impl AsFd, device: u32, ether_type: u16) -> io::Result<()> {
    let index = libc::c_int::try_from(device).map_err(|_| io::ErrorKind::InvalidInput)?;
    // SAFETY: an address of all zeros is a valid value of this plain structure.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = libc::AF_PACKET as libc::c_ushort;
    address.sll_protocol = ether_type.to_be();
    address.sll_ifindex = index;
    // SAFETY: the address lives through the call, and its size is said.
    let done = unsafe { libc::bind(socket.as_fd().as_raw_fd(), (&raw const address).cast(), size_of_val(&address) as libc::socklen_t) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The command will begin with no signal blocked, whatever is blocked here.
pub(crate) fn with_no_signal_blocked(command: &mut Command) {
    // SAFETY: between fork and exec, only one system call is made, on a value that stands on the stack.
    unsafe {
        command.pre_exec(|| pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None).map_err(io::Error::from));
    }
}

/// Asks that the calling thread runs soon after it is woken, also on a busy machine: with the shortest turns that the scheduler gives, and
/// before others where that is allowed. Turns of a length are asked for since Linux 6.12; before, only the latter has an effect.
pub(crate) fn run_promptly() -> io::Result<()> {
    // SAFETY: it takes no pointers.
    let nice_now = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    schedule(SHORT_TURN_NS, NICE_BEFORE_OTHERS.min(nice_now)).or_else(|_| schedule(SHORT_TURN_NS, nice_now))
}

/// The shortest that the kernel takes.
const SHORT_TURN_NS: u64 = 100_000;
const NICE_BEFORE_OTHERS: libc::c_int = -10;

fn schedule(turn_ns: u64, nice: libc::c_int) -> io::Result<()> {
    // SAFETY: attributes of all zeros are a valid value of this plain structure.
    let mut attributes: libc::sched_attr = unsafe { mem::zeroed() };
    attributes.size = u32::try_from(size_of_val(&attributes)).map_err(io::Error::other)?;
    attributes.sched_policy = libc::SCHED_OTHER as u32;
    attributes.sched_nice = nice;
    attributes.sched_runtime = turn_ns;
    // SAFETY: the attributes live through the call, and say their size. The first 0 is the calling thread, the last one no flags.
    let done = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
