//! What the emulator reads of a packet.
use super::connections::Connection;
use std::net::{Ipv4Addr, SocketAddrV4};

/// Before each frame: what the kernel left to the network card (`struct virtio_net_hdr`).
pub(super) const OFFLOAD_BYTES: usize = 10;
/// The two device addresses and the EtherType.
pub(super) const ETHERNET_BYTES: usize = 14;
const SHORTEST_IP_HEADER: usize = 20;
const SYN: u8 = 2;
const ACK: u8 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Protocol {
    Tcp,
    Udp,
    Other(u8),
}

/// Packets between two ports (0 where there are none), in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flow {
    pub(super) protocol: Protocol,
    pub(super) source: SocketAddrV4,
    pub(super) destination: SocketAddrV4,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Packet {
    pub(super) source: Ipv4Addr,
    pub(super) destination: Ipv4Addr,
    pub(super) protocol: Protocol,
    /// Source and destination. `None`: it has none, or is a later part of a packet that was cut up.
    pub(super) ports: Option<(u16, u16)>,
    /// It opens a TCP connection.
    pub(super) opens: bool,
    /// How many it is on a wire.
    pub(super) packets: u64,
    /// From the IP header on.
    pub(super) bytes: u64,
}

impl Packet {
    /// Reads a frame with what stands before it. `None`: it is no IPv4.
    pub(super) fn read(frame: &[u8]) -> Option<Self> {
        let ip = frame.get(OFFLOAD_BYTES + ETHERNET_BYTES..).filter(|ip| ip.len() >= SHORTEST_IP_HEADER && ip[0] >> 4 == 4)?;
        let address = |at: usize| Ipv4Addr::new(ip[at], ip[at + 1], ip[at + 2], ip[at + 3]);
        let protocol = match ip[9] {
            6 => Protocol::Tcp,
            17 => Protocol::Udp,
            other => Protocol::Other(other),
        };
        let is_begin = u16::from_be_bytes([ip[6], ip[7]]) & 0x1fff == 0;
        let inner = ip.get(usize::from(ip[0] & 15) * 4..).filter(|_| is_begin).unwrap_or_default();
        let ports = match (protocol, inner) {
            (Protocol::Tcp | Protocol::Udp, [a, b, c, d, ..]) => Some((u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]))),
            _ => None,
        };
        let opens = protocol == Protocol::Tcp && inner.get(13).is_some_and(|flags| flags & (SYN | ACK) == SYN);
        let bytes = u64::try_from(ip.len()).unwrap_or(u64::MAX);
        Some(Self { source: address(12), destination: address(16), protocol, ports, opens, packets: pieces(frame), bytes })
    }

    pub(super) fn flow(&self) -> Flow {
        let (source, destination) = self.ends();
        Flow { protocol: self.protocol, source, destination }
    }

    /// The TCP connection that it belongs to.
    pub(super) fn connection(&self) -> Option<Connection> {
        let (source, destination) = self.ends();
        (self.protocol == Protocol::Tcp && self.ports.is_some()).then(|| Connection::between(source, destination))
    }

    fn ends(&self) -> (SocketAddrV4, SocketAddrV4) {
        let (from, to) = self.ports.unwrap_or_default();
        (SocketAddrV4::new(self.source, from), SocketAddrV4::new(self.destination, to))
    }
}

/// How many packets the network card would cut it into.
fn pieces(frame: &[u8]) -> u64 {
    let field = |at: usize| usize::from(u16::from_ne_bytes([frame[at], frame[at + 1]]));
    let (kind, headers, piece) = (frame[1], field(2), field(4));
    if kind == 0 || piece == 0 {
        return 1;
    }
    u64::try_from((frame.len() - OFFLOAD_BYTES).saturating_sub(headers).div_ceil(piece)).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(protocol: u8, tcp_flags: u8, fragment: u16, payload: usize) -> Vec<u8> {
        let mut frame = vec![0; OFFLOAD_BYTES + ETHERNET_BYTES];
        let fragment = fragment.to_be_bytes();
        frame.extend([0x45, 0, 0, 0, 0, 0, fragment[0], fragment[1], 64, protocol, 0, 0, 10, 1, 0, 1, 10, 2, 0, 9]);
        frame.extend([0x12, 0x34, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, tcp_flags, 0, 0, 0, 0, 0, 0]);
        frame.resize(frame.len() + payload, 7);
        frame
    }

    #[test]
    fn a_packet_is_read() {
        let read = Packet::read(&frame(6, SYN, 0, 100)).expect("it is IPv4");
        let expected = Packet {
            source: Ipv4Addr::new(10, 1, 0, 1),
            destination: Ipv4Addr::new(10, 2, 0, 9),
            protocol: Protocol::Tcp,
            ports: Some((0x1234, 80)),
            opens: true,
            packets: 1,
            bytes: 140,
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn only_the_first_packet_of_a_connection_opens_it() {
        let opens = |protocol, flags, fragment| Packet::read(&frame(protocol, flags, fragment, 0)).is_some_and(|packet| packet.opens);
        assert!(opens(6, SYN, 0));
        assert!(!opens(6, SYN | ACK, 0));
        assert!(!opens(6, ACK, 0));
        assert!(!opens(17, SYN, 0), "UDP has no flags");
        assert!(!opens(6, SYN, 100), "what stands in the middle of a packet is no header");
    }

    #[test]
    fn a_large_send_counts_as_what_it_is_cut_into() {
        let mut frame = frame(6, ACK, 0, 3000);
        assert_eq!(Packet::read(&frame).map(|packet| packet.packets), Some(1));
        frame[1] = 1;
        frame[2..4].copy_from_slice(&54_u16.to_ne_bytes());
        frame[4..6].copy_from_slice(&1448_u16.to_ne_bytes());
        assert_eq!(Packet::read(&frame).map(|packet| packet.packets), Some(3));
    }

    #[test]
    fn every_prefix_of_a_packet_is_read_or_refused() {
        let whole = frame(6, SYN, 0, 10);
        for length in 0..whole.len() {
            let read = Packet::read(&whole[..length]);
            assert_eq!(read.is_some(), length >= OFFLOAD_BYTES + ETHERNET_BYTES + SHORTEST_IP_HEADER);
        }
        assert_eq!(Packet::read(&[0x60; 200]), None, "IPv6");
    }
}
