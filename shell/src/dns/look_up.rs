//! One name is asked for, at one nameserver, as a stub resolver does: over UDP, and tried again.
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

const IN: u16 = 1;
const A: u16 = 1;
const AAAA: u16 = 28;
/// So long an answer is waited for, and so often it is asked.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 3;
/// Nothing longer comes to who says nothing of its size, and an answer to a question for addresses fits.
const LONGEST: usize = 4096;
const HEADER: usize = 12;
const NO_SUCH_NAME: u8 = 3;

/// The addresses that a name has, by what this nameserver says. Blocks, for six seconds at most for each family.
///
/// # Errors
/// The name is none, the nameserver does not answer or cannot tell, or there is no such name; unless it has an address of the other family
/// (RFC 4074: some do not answer what they have no address for). It exists and has no address: that is an empty list.
pub fn look_up(nameserver: SocketAddr, name: &str) -> io::Result<Vec<IpAddr>> {
    match (asked(nameserver, name, A), asked(nameserver, name, AAAA)) {
        (Ok(four), Ok(six)) => Ok([four, six].concat()),
        (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => Ok(found),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}

fn asked(nameserver: SocketAddr, name: &str, kind: u16) -> io::Result<Vec<IpAddr>> {
    let here: IpAddr = if nameserver.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((here, 0))?;
    // What somebody else sends does not arrive.
    socket.connect(nameserver)?;
    let mut id = [0; 2];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| io::Error::other("the system gives no randomness"))?;
    let question = question(id, name, kind)?;
    let mut why = io::ErrorKind::TimedOut.into();
    for _ in 0..ATTEMPTS {
        socket.send(&question)?;
        let until = Instant::now() + ANSWERED_WITHIN;
        let mut answer = [0; LONGEST];
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            socket.set_read_timeout(Some(left))?;
            match socket.recv(&mut answer) {
                // An answer to something else is none.
                Ok(length) if answer[..length].starts_with(&id) => return read(&answer[..length], kind),
                Ok(_) => {}
                Err(error) => {
                    why = error;
                    break;
                }
            }
        }
    }
    let late = matches!(why.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock);
    let said = if late { "does not answer".to_owned() } else { why.to_string() };
    Err(io::Error::other(format!("the nameserver {nameserver} {said}")))
}

fn question(id: [u8; 2], name: &str, kind: u16) -> io::Result<Vec<u8>> {
    // Recursion is desired, and there is one question.
    let mut question = [&id[..], &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length));
        question.push(length.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?);
        question.extend(label.bytes());
    }
    question.push(0);
    question.extend(kind.to_be_bytes());
    question.extend(IN.to_be_bytes());
    Ok(question)
}

/// The addresses of one family in an answer, whatever names lead to them.
fn read(answer: &[u8], kind: u16) -> io::Result<Vec<IpAddr>> {
    let malformed = || io::Error::from(io::ErrorKind::InvalidData);
    let code = answer.get(3).ok_or_else(malformed)? & 0xf;
    match code {
        0 => {}
        NO_SUCH_NAME => return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such name")),
        _ => return Err(io::Error::other(format!("the nameserver answers with code {code}"))),
    }
    let (questions, answers) = (number(answer, 4).ok_or_else(malformed)?, number(answer, 6).ok_or_else(malformed)?);
    let mut at = HEADER;
    for _ in 0..questions {
        at = after_name(answer, at).ok_or_else(malformed)? + 4;
    }
    let mut found = Vec::new();
    for _ in 0..answers {
        let fixed = after_name(answer, at).ok_or_else(malformed)?;
        let (is, class) = (number(answer, fixed).ok_or_else(malformed)?, number(answer, fixed + 2).ok_or_else(malformed)?);
        let data = fixed + 10;
        at = data + usize::from(number(answer, fixed + 8).ok_or_else(malformed)?);
        let data = answer.get(data..at).ok_or_else(malformed)?;
        if (is, class) == (kind, IN) {
            found.extend(<[u8; 4]>::try_from(data).ok().map(IpAddr::from));
            found.extend(<[u8; 16]>::try_from(data).ok().map(IpAddr::from));
        }
    }
    Ok(found)
}

fn number(message: &[u8], at: usize) -> Option<u16> {
    message.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

/// Where a name ends that begins there: at its empty label, or after a pointer to the rest of it.
fn after_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match message.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xc0 == 0xc0 => return Some(at + 2),
            length => at += 1 + usize::from(*length),
        }
    }
}
