//! Names are resolved as workloads do it: a question of DNS, which a redirection leads to the proxy.
use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    time::{Duration, Instant},
};

/// No host has this address: whoever asks it is answered by what redirects questions of DNS, or not at all.
const NAME_SERVER: (Ipv4Addr, u16) = (Ipv4Addr::new(10, 255, 255, 53), 53);
/// A question of DNS is asked again after so long.
const DNS_WITHIN: Duration = Duration::from_secs(1);

/// Where a name leads. `None`: there is none such.
pub(crate) fn resolve(number: u64, name: &str, deadline: Instant) -> io::Result<Option<IpAddr>> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    socket.connect(NAME_SERVER)?;
    #[expect(clippy::cast_possible_truncation, reason = "it is there to tell questions apart")]
    let id = number as u16;
    let mut question = Message::new(id, MessageType::Query, OpCode::Query);
    let name = Name::from_ascii(format!("{name}.")).map_err(io::Error::other)?;
    question.metadata.recursion_desired = true;
    question.add_query(Query::query(name, RecordType::A));
    let question = question.to_vec().map_err(io::Error::other)?;
    let mut bytes = [0; 4096];
    loop {
        socket.set_read_timeout(Some(DNS_WITHIN.min(left(deadline)?)))?;
        socket.send(&question)?;
        match socket.recv(&mut bytes) {
            Ok(length) => {
                let answer = Message::from_vec(&bytes[..length]).map_err(io::Error::other)?;
                let found =
                    answer.answers.iter().find_map(|record| if let RData::A(a) = &record.data { Some(IpAddr::V4(a.0)) } else { None });
                return match (answer.metadata.response_code, found) {
                    (ResponseCode::NoError, Some(address)) => Ok(Some(address)),
                    (ResponseCode::NXDomain, _) => Ok(None),
                    (code, _) => Err(io::Error::other(format!("{code}, and no address"))),
                };
            }
            // Whoever is to answer may be about to start.
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
}

/// How long it is until then; never nothing.
pub(crate) fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}
