//! Two sites with a host each, and sockets in them.
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream, UdpSocket},
    time::Duration,
};
use strait_core::Seed;
use strait_netns_testbed::{HostId, Network, Plan, SiteId};
use strait_scenarios::{link::Link, world::CutHow};

pub(crate) const A: SiteId = SiteId(0);
pub(crate) const B: SiteId = SiteId(1);
pub(crate) const HOST_A: HostId = HostId(0);
pub(crate) const HOST_B: HostId = HostId(1);
/// What comes must come within this; machines that test are busy.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// What must not come is waited for so long.
pub(crate) const A_WHILE: Duration = Duration::from_millis(1500);

const PORT: u16 = 80;

pub(crate) fn two_sites(seed: u64) -> Network {
    Network::build(&Plan::uniform(2, 1), Seed(seed)).unwrap()
}

pub(crate) fn link_both(network: &Network, link: Link) {
    network.wan().set_link(A, B, link).unwrap();
    network.wan().set_link(B, A, link).unwrap();
}

pub(crate) fn cut_both(network: &Network, how: CutHow) {
    network.wan().cut(A, B, how);
    network.wan().cut(B, A, how);
}

pub(crate) fn heal_both(network: &Network) {
    network.wan().heal(A, B);
    network.wan().heal(B, A);
}

pub(crate) fn address(network: &Network, host: HostId) -> SocketAddr {
    SocketAddrV4::new(network.address(host), PORT).into()
}

pub(crate) fn listen(network: &Network, host: HostId) -> TcpListener {
    let at = address(network, host);
    network.namespace(host).run(move || TcpListener::bind(at)).unwrap()
}

pub(crate) fn dial(network: &Network, from: HostId, to: HostId, within: Duration) -> Result<TcpStream, ErrorKind> {
    let to = address(network, to);
    network.namespace(from).run(move || TcpStream::connect_timeout(&to, within)).map_err(|why| why.kind())
}

/// A connection from A to B: both ends.
pub(crate) fn connect(network: &Network, listener: &TcpListener) -> (TcpStream, TcpStream) {
    let dialled = dial(network, HOST_A, HOST_B, SOON).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    (dialled, accepted)
}

pub(crate) fn datagrams(network: &Network, host: HostId) -> UdpSocket {
    let at = address(network, host);
    network.namespace(host).run(move || UdpSocket::bind(at)).unwrap()
}

/// Whether what is written at one end comes out at the other in time.
pub(crate) fn arrives(from: &mut TcpStream, to: &mut TcpStream, within: Duration) -> bool {
    from.write_all(b"x").unwrap();
    comes(to, within)
}

/// Whether a byte comes out in time.
pub(crate) fn comes(to: &mut TcpStream, within: Duration) -> bool {
    to.set_read_timeout(Some(within)).unwrap();
    let mut byte = [0];
    match to.read(&mut byte) {
        Ok(length) => length == 1,
        Err(why) if why.kind() == ErrorKind::WouldBlock => false,
        Err(why) => panic!("{why}"),
    }
}

/// Whether a datagram comes out in time.
pub(crate) fn datagram_arrives(from: &UdpSocket, to: &UdpSocket, within: Duration) -> bool {
    from.send_to(b"x", to.local_addr().unwrap()).unwrap();
    to.set_read_timeout(Some(within)).unwrap();
    to.recv(&mut [0; 10]).is_ok()
}
