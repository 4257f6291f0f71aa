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
