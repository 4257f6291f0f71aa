//! One name is asked for, at one nameserver, as a stub resolver does: over UDP, and tried again; over TCP what has no room in a datagram.
use hickory_proto::{
    op::{Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use std::{
    io::{self, Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

/// So long an answer is waited for, and so often it is asked.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
/// Nothing longer comes in a datagram to who says nothing of its size.
const LONGEST: usize = 4096;

/// The addresses that a name has, by what this nameserver says. Blocks, for eight seconds at most for each family.
///
/// # Errors
/// The name is none, the nameserver does not answer or cannot tell, or there is no such name; unless it has an address of the other family
/// (RFC 4074: some do not answer what they have no address for). It exists and has no address: that is an empty list.
pub fn look_up(nameserver: SocketAddr, name: &str) -> io::Result<Vec<IpAddr>> {
    match (asked(nameserver, name, RecordType::A), asked(nameserver, name, RecordType::AAAA)) {
        (Ok(four), Ok(six)) => Ok([four, six].concat()),
        (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}

fn asked(nameserver: SocketAddr, name: &str, kind: RecordType) -> io::Result<Vec<IpAddr>> {
    let question = question(name, kind)?;
    let answer = match over_udp(nameserver, &question) {
        // RFC 7766, section 5: the rest is to be had over TCP only.
        Ok(answer) if answer.metadata.truncation => over_tcp(nameserver, &question),
        answer => answer,
    };
    let answer = answer.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => error,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => io::Error::other(format!("the nameserver {nameserver} does not answer")),
        _ => io::Error::other(format!("the nameserver {nameserver} {error}")),
    })?;
    addresses(&answer, kind)
}

fn question(name: &str, kind: RecordType) -> io::Result<Message> {
    let mut id = [0; 2];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| io::Error::other("the system gives no randomness"))?;
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let mut name = Name::from_ascii(name).map_err(invalid)?;
    name.set_fqdn(true);
    let mut question = Message::new(u16::from_be_bytes(id), MessageType::Query, OpCode::Query);
    question.metadata.recursion_desired = true;
    question.add_query(Query::query(name, kind));
    Ok(question)
}

fn over_udp(nameserver: SocketAddr, question: &Message) -> io::Result<Message> {
    let here: IpAddr = if nameserver.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((here, 0))?;
    // What somebody else sends does not arrive.
    socket.connect(nameserver)?;
    let bytes = question.to_vec().map_err(io::Error::other)?;
    let mut why = io::ErrorKind::TimedOut.into();
    for _ in 0..ATTEMPTS {
        socket.send(&bytes)?;
        let until = Instant::now() + ANSWERED_WITHIN;
        let mut answer = [0; LONGEST];
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            socket.set_read_timeout(Some(left))?;
            match socket.recv(&mut answer).map(|length| &answer[..length]) {
                // An answer to something else is none.
                Ok(answer) if answer.starts_with(&question.id.to_be_bytes()) => match read(answer)? {
                    answer if is_to(question, &answer) => return Ok(answer),
                    _ => {}
                },
                Ok(_) => {}
                Err(error) => {
                    why = error;
                    break;
                }
            }
        }
    }
    Err(why)
}

fn over_tcp(nameserver: SocketAddr, question: &Message) -> io::Result<Message> {
    let mut stream = TcpStream::connect_timeout(&nameserver, ANSWERED_WITHIN)?;
    let until = Instant::now() + ANSWERED_WITHIN;
    stream.set_write_timeout(Some(ANSWERED_WITHIN))?;
    let bytes = question.to_vec().map_err(io::Error::other)?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], &bytes].concat())?;
    let mut length = [0; 2];
    fill(&mut stream, &mut length, until)?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    fill(&mut stream, &mut answer, until)?;
    let answer = read(&answer)?;
    if is_to(question, &answer) { Ok(answer) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "it answers something else")) }
}

/// Reads so much, by then: a timeout of the system is for each piece.
fn fill(stream: &mut TcpStream, mut room: &mut [u8], until: Instant) -> io::Result<()> {
    while !room.is_empty() {
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
        stream.set_read_timeout(Some(left.ok_or(io::ErrorKind::TimedOut)?))?;
        match stream.read(room)? {
            0 => return Err(io::Error::new(io::ErrorKind::InvalidData, "it ends in the middle of its answer")),
            length => room = &mut room[length..],
        }
    }
    Ok(())
}

fn read(answer: &[u8]) -> io::Result<Message> {
    Message::from_vec(answer).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Whether it answers this question. Who refuses a question need not repeat it.
fn is_to(question: &Message, answer: &Message) -> bool {
    let is_same = answer.queries == question.queries || answer.queries.is_empty();
    answer.id == question.id && answer.metadata.message_type == MessageType::Response && is_same
}

/// The addresses of one family in an answer, whatever names lead to them.
fn addresses(answer: &Message, kind: RecordType) -> io::Result<Vec<IpAddr>> {
    match answer.metadata.response_code {
        ResponseCode::NoError => {}
        ResponseCode::NXDomain => return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such name")),
        code => return Err(io::Error::other(format!("the nameserver answers with code {}", u16::from(code)))),
    }
    let address = |data: &RData| match data {
        RData::A(address) if kind == RecordType::A => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) if kind == RecordType::AAAA => Some(IpAddr::V6(address.0)),
        _ => None,
    };
    Ok(answer.answers.iter().filter_map(|record| address(&record.data)).collect())
}
