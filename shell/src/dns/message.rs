//! A question's bytes to its answer's.
use super::{
    Answers,
    asked::{Asked, HEADER_BYTES, Unread},
    written::{Code, Record, Written, bare},
};
use std::{net::IpAddr, sync::Arc};
use strait_core::{
    names::{Answer, Question, Wanted},
    resource::MeshName,
};

/// A question is at most so long, in bytes: a name has 255, and few clients add more than a cookie.
pub const LARGEST_QUESTION: usize = 4096;

/// A datagram is at most so long, in bytes, whatever the client takes: what passes every link unbroken (DNS flag day 2020).
pub const LARGEST_DATAGRAM: u16 = 1232;

/// What every client takes, in bytes (RFC 1035).
const SMALLEST_LIMIT: u16 = 512;

const IN: u16 = 1;
const A: u16 = 1;
const SOA: u16 = 6;
const AAAA: u16 = 28;
/// A zone as a whole, or what is new of it (RFC 5936, RFC 1995): nobody is told that, and nobody else is asked for it.
const TRANSFERS: [u16; 2] = [251, 252];
const ANY: u16 = 255;

/// What an answer goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// A datagram of at most so many bytes. What does not fit is left out, and the answer says so.
    Udp {
        /// In bytes; less if the client takes less.
        most: u16,
    },
    /// A connection.
    Tcp,
}

/// What becomes of a question here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is none: nothing is said.
    Nothing,
    /// This is the answer.
    Answered(Vec<u8>),
    /// Others may be asked as it is: it has the right form, and is about a name for which nobody speaks here.
    Elsewhere {
        /// What is answered if nobody is asked (REFUSED).
        refused: Vec<u8>,
    },
}

/// Answers questions that come in on one port.
#[derive(Clone)]
pub struct Responder {
    table: Arc<dyn Answers>,
    mesh: MeshName,
}

impl Responder {
    /// Answers from this table; about this mesh, if the address of whoever asks says nothing of its mesh.
    pub fn new(table: impl Answers, mesh: MeshName) -> Self {
        Self { table: Arc::new(table), mesh }
    }

    /// The answer of one who asks nobody else. `None`: there is none, because this is no question.
    pub fn respond(&self, asked: &[u8], from: IpAddr, over: Over) -> Option<Vec<u8>> {
        match self.hear(asked, from, over) {
            Heard::Nothing => None,
            Heard::Answered(answer) | Heard::Elsewhere { refused: answer } => Some(answer),
        }
    }

    /// What becomes of a question.
    pub fn hear(&self, asked: &[u8], from: IpAddr, over: Over) -> Heard {
        let header = asked.get(..HEADER_BYTES).unwrap_or_default();
        let asked = match Asked::read(asked) {
            Ok(asked) => asked,
            Err(Unread::Nothing) => return Heard::Nothing,
            Err(Unread::NotImplemented) => return Heard::Answered(bare(header, Code::NotImplemented)),
            Err(Unread::Malformed) => return Heard::Answered(bare(header, Code::FormatError)),
        };
        let most = match over {
            Over::Udp { most } => asked.extensions.map_or(0, |theirs| theirs.most).max(SMALLEST_LIMIT).min(most),
            Over::Tcp => u16::MAX,
        };
        let said = |code, is_authoritative, record| Written { code, is_authoritative, record }.to(&asked, usize::from(most));
        if asked.extensions.is_some_and(|theirs| theirs.version > 0) {
            return Heard::Answered(said(Code::BadVersion, false, None));
        }
        if TRANSFERS.contains(&asked.kind) {
            return Heard::Answered(said(Code::Refused, false, None));
        }
        Heard::Answered(match self.decide(&asked, from) {
            Answer::Address(address) => said(Code::NoError, true, Some(Record::Address(address))),
            Answer::Authority => said(Code::NoError, true, Some(Record::Authority)),
            Answer::Nothing { domain } => said(Code::NoError, true, Some(Record::Absence(domain))),
            Answer::NoSuchName { domain } => said(Code::NoSuchName, true, Some(Record::Absence(domain))),
            Answer::Unknown => said(Code::ServerFailure, false, None),
            Answer::Elsewhere => return Heard::Elsewhere { refused: said(Code::Refused, false, None) },
        })
    }

    fn decide(&self, asked: &Asked<'_>, from: IpAddr) -> Answer {
        let wanted = match asked.kind {
            _ if asked.class != IN => return Answer::Elsewhere,
            A => Wanted::Ipv4,
            AAAA => Wanted::Ipv6,
            ANY => Wanted::Anything,
            SOA => Wanted::Authority,
            _ => Wanted::Other,
        };
        self.table.answer(&Question { name: &plain(asked), wanted, from, mesh: &self.mesh })
    }
}

/// A name in lower case, without a dot at its end. Bytes of no host name, dots within labels among them, become one that no name has.
fn plain(asked: &Asked<'_>) -> String {
    let mut plain = String::with_capacity(asked.question().len());
    for (_, label) in asked.labels() {
        if !plain.is_empty() {
            plain.push('.');
        }
        plain.extend(label.iter().map(|byte| match byte {
            b'.' => '\u{fffd}',
            byte if byte.is_ascii_graphic() => char::from(byte.to_ascii_lowercase()),
            _ => '\u{fffd}',
        }));
    }
    plain
}
