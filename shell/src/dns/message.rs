//! A question's bytes to its answer's.
use super::Answers;
use hickory_proto::{
    op::{Edns, Message, Metadata, OpCode, Query, ResponseCode},
    rr::{
        DNSClass, Name, RData, Record, RecordType,
        rdata::{A, SOA},
    },
    serialize::binary::{BinEncodable as _, BinEncoder},
};
use std::{net::IpAddr, sync::Arc};
use strait_core::{
    names::{ANSWER_TTL_SECONDS, Answer, NEGATIVE_TTL_SECONDS, Question, Wanted},
    resource::MeshName,
};

/// A question is at most so long, in bytes: a name has 255, and few clients add more than a cookie.
pub const LARGEST_QUESTION: usize = 4096;

/// A datagram is at most so long, in bytes, whatever the client takes: what passes every link unbroken (DNS flag day 2020).
pub const LARGEST_DATAGRAM: u16 = 1232;

/// What every client takes, in bytes (RFC 1035).
const SMALLEST_LIMIT: u16 = 512;

const HEADER_BYTES: usize = 12;
/// In the header's third byte: this is an answer.
const IS_ANSWER: u8 = 0x80;
/// There: recursion is desired, which an answer repeats.
const RECURSION_DESIRED: u8 = 0x01;

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

    /// The answer. `None`: there is none, because this is no question.
    pub fn respond(&self, asked: &[u8], from: IpAddr, over: Over) -> Option<Vec<u8>> {
        let header = asked.first_chunk::<HEADER_BYTES>()?;
        if header[2] & IS_ANSWER != 0 {
            // Two who answer answers would never end.
            return None;
        }
        if (header[2] >> 3) & 0xf != 0 {
            return Some(bare(header, ResponseCode::NotImp));
        }
        // Exactly one question (RFC 9619); it is counted before room is made for as many as are claimed.
        if header[4..6] != [0, 1] {
            return Some(bare(header, ResponseCode::FormErr));
        }
        let Ok(asked) = Message::from_vec(asked) else {
            return Some(bare(header, ResponseCode::FormErr));
        };
        let limit = match over {
            Over::Udp { most } => asked.max_payload().max(SMALLEST_LIMIT).min(most),
            Over::Tcp => u16::MAX,
        };
        let answer = self.answer(&asked, from);
        let mut bytes = Vec::new();
        let mut encoder = BinEncoder::new(&mut bytes);
        encoder.set_max_size(limit);
        match answer.emit(&mut encoder) {
            Ok(()) => Some(bytes),
            // Not even the question fits.
            Err(_) => Some(bare(header, ResponseCode::ServFail)),
        }
    }

    fn answer(&self, asked: &Message, from: IpAddr) -> Message {
        let mut answer = Message::response(asked.metadata.id, OpCode::Query);
        answer.metadata = Metadata::response_from_request(&asked.metadata);
        answer.queries.clone_from(&asked.queries);
        if let Some(theirs) = &asked.edns {
            let mut edns = Edns::new();
            edns.set_max_payload(LARGEST_DATAGRAM).set_dnssec_ok(theirs.flags().dnssec_ok);
            answer.edns = Some(edns);
            if theirs.version() > 0 {
                answer.metadata.response_code = ResponseCode::BADVERS;
                return answer;
            }
        }
        match answer.queries.first().cloned() {
            Some(query) => self.decide(&query, from, &mut answer),
            None => answer.metadata.response_code = ResponseCode::FormErr,
        }
        answer
    }

    fn decide(&self, query: &Query, from: IpAddr, answer: &mut Message) {
        let name = &query.name;
        let decided = match wanted(query) {
            Some(wanted) => self.table.answer(&Question { name: &plain(name), wanted, from, mesh: &self.mesh }),
            None => Answer::Elsewhere,
        };
        let authority = |labels: u8| authority(&name.trim_to(usize::from(labels)));
        answer.metadata.authoritative = !matches!(decided, Answer::Unknown | Answer::Elsewhere);
        match decided {
            Answer::Address(address) => {
                answer.add_answer(Record::from_rdata(name.clone(), ANSWER_TTL_SECONDS, RData::A(A(address))));
            }
            Answer::Authority => drop(answer.add_answer(authority(u8::MAX))),
            Answer::Nothing { domain } => drop(answer.add_authority(authority(domain))),
            Answer::NoSuchName { domain } => {
                answer.metadata.response_code = ResponseCode::NXDomain;
                answer.add_authority(authority(domain));
            }
            Answer::Unknown => answer.metadata.response_code = ResponseCode::ServFail,
            Answer::Elsewhere => answer.metadata.response_code = ResponseCode::Refused,
        }
    }
}

/// What is to be known. `None`: what nobody is told here, such as a whole zone.
fn wanted(query: &Query) -> Option<Wanted> {
    if query.query_class != DNSClass::IN {
        return None;
    }
    Some(match query.query_type {
        RecordType::A => Wanted::Ipv4,
        RecordType::AAAA => Wanted::Ipv6,
        RecordType::ANY => Wanted::Anything,
        RecordType::SOA => Wanted::Authority,
        RecordType::AXFR | RecordType::IXFR => return None,
        _ => Wanted::Other,
    })
}

/// A name in lower case, without a dot at its end. Bytes of no host name, dots within labels among them, become one that no name has.
fn plain(name: &Name) -> String {
    let mut plain = String::with_capacity(name.len());
    for label in name.iter() {
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

/// Who speaks for a domain. It is of use for how long clients may remember what is not there (RFC 2308): nobody is given a zone as a whole, so nobody
/// compares serials or asks for them.
fn authority(domain: &Name) -> Record {
    const SERIAL: u32 = 1;
    const HOUR: i32 = 3600;
    let mailbox = domain.prepend_label("hostmaster").unwrap_or_else(|_| domain.clone());
    let said = SOA::new(domain.clone(), mailbox, SERIAL, HOUR, HOUR, 24 * HOUR, NEGATIVE_TTL_SECONDS);
    Record::from_rdata(domain.clone(), NEGATIVE_TTL_SECONDS, RData::SOA(said))
}

/// An answer of a header alone, to what cannot be understood.
fn bare(header: &[u8; HEADER_BYTES], code: ResponseCode) -> Vec<u8> {
    let mut answer = vec![0; HEADER_BYTES];
    answer[..2].copy_from_slice(&header[..2]);
    let opcode = header[2] & 0x78;
    answer[2] = IS_ANSWER | opcode | (header[2] & RECURSION_DESIRED);
    answer[3] = code.low();
    answer
}
