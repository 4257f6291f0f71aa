//! Questions of DNS, and what is answered.
use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpStream, UdpSocket},
    time::Duration,
};

const WITHIN: Duration = Duration::from_secs(20);
pub(crate) const NO_ERROR: u8 = 0;
pub(crate) const SERVER_FAILURE: u8 = 2;
pub(crate) const NO_SUCH_NAME: u8 = 3;
pub(crate) const REFUSED: u8 = 5;

/// The bytes of a question for the IPv4 addresses of a name.
pub(crate) fn question(name: &str) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    bytes
}

/// The code of an answer, and its one address: what stands last, if there is an answer and nothing after it.
fn read(name: &str, bytes: &[u8]) -> (u8, Option<Ipv4Addr>) {
    assert!(bytes.len() >= 12 && bytes[..2] == [0x12, 0x34] && bytes[2] & 0x80 != 0, "{name}: {bytes:?}");
    let address = (bytes[6..8] == [0, 1]).then(|| Ipv4Addr::from(*bytes.last_chunk::<4>().unwrap()));
    (bytes[3] & 0xf, address)
}

pub(crate) fn over_udp(at: &str, name: &str) -> (u8, Option<Ipv4Addr>) {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.set_read_timeout(Some(WITHIN)).unwrap();
    socket.send_to(&question(name), at).unwrap();
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).unwrap();
    read(name, &buffer[..length])
}

pub(crate) fn over_tcp(at: &str, name: &str) -> (u8, Option<Ipv4Addr>) {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    let asked = question(name);
    stream.write_all(&[&u16::try_from(asked.len()).unwrap().to_be_bytes()[..], &asked].concat()).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).unwrap();
    read(name, &answer)
}
