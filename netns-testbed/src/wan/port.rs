//! Where a site's cable ends: a packet socket, and the two device addresses.
use super::{
    Uplink,
    packet::{ETHERNET_BYTES, OFFLOAD_BYTES},
};
use crate::{
    netlink::Mac,
    sys::{self, PacketOption},
};
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, SockFlag, SockType, setsockopt, socket, sockopt},
    unistd::{read, write},
};
use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

/// The largest packet, with what stands before it.
pub(super) const LARGEST_FRAME: usize = OFFLOAD_BYTES + ETHERNET_BYTES + 65_536;
const IPV4: u16 = libc::ETH_P_IP as u16;
/// For what arrives while the emulator is busy or not running.
const RECEIVE_BYTES: usize = 8 << 20;

#[derive(Debug)]
pub(super) struct Port {
    socket: OwnedFd,
    /// Of the router.
    to: Mac,
    /// Of the cable's end here.
    from: Mac,
}

impl Port {
    /// On the thread of the namespace in which the cable ends.
    pub(super) fn open(uplink: Uplink) -> io::Result<Self> {
        // Without a protocol it receives nothing: not before it is bound to its device.
        let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, None)?;
        sys::switch_on(&socket, PacketOption::OffloadHeader)?;
        sys::switch_on(&socket, PacketOption::IgnoreOutgoing)?;
        // Beyond the machine's limit only as root of the machine; else up to the limit.
        if setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BYTES).is_err() {
            setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BYTES)?;
        }
        sys::bind_to_device(&socket, uplink.wan_device.number, IPV4)?;
        Ok(Self { socket, to: uplink.router_mac, from: uplink.wan_mac })
    }

    /// Takes a frame. Returns its length; `None`: none is there.
    pub(super) fn receive(&self, frame: &mut [u8]) -> Option<usize> {
        loop {
            match read(&self.socket, frame) {
                Ok(length) => return Some(length),
                Err(Errno::EINTR) => {}
                // Nothing is there; or the device is down, and nothing will be.
                Err(_) => return None,
            }
        }
    }

    /// Puts a frame into the cable. Returns whether the kernel took it.
    pub(super) fn send(&self, frame: &mut [u8]) -> bool {
        let (to, from) = (OFFLOAD_BYTES..OFFLOAD_BYTES + 6, OFFLOAD_BYTES + 6..OFFLOAD_BYTES + 12);
        frame[to].copy_from_slice(&self.to);
        frame[from].copy_from_slice(&self.from);
        loop {
            match write(&self.socket, frame) {
                Ok(_) => return true,
                Err(Errno::EINTR) => {}
                Err(_) => return false,
            }
        }
    }
}

impl AsFd for Port {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
