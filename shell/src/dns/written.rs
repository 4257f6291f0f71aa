//! An answer's bytes (RFC 1035; RFC 6891 for its extensions).
//!
//! There is one record in it at most, whose names are the question's or end like it, and so point there.
use super::{
    LARGEST_DATAGRAM,
    asked::{Asked, CHECKING_DISABLED, HEADER_BYTES, IS_ANSWER, LONGEST_NAME, OPCODE, OPT, POINTS_ELSEWHERE, RECURSION_DESIRED},
};
use std::net::Ipv4Addr;
use strait_core::names::{ANSWER_TTL_SECONDS, NEGATIVE_TTL_SECONDS};

/// In the header's third byte: whoever answers speaks for the name.
const AUTHORITATIVE: u8 = 0x04;
/// There: something was left out.
const TRUNCATED: u8 = 0x02;
/// In this byte of the header answers are counted: there are few.
const ANSWERS: usize = 7;
/// In this one those who speak for the name.
const AUTHORITIES: usize = 9;
/// That of an authority, in bytes.
const LONGEST_RECORD: usize = 64;
const A: u16 = 1;
const SOA: u16 = 6;
const IN: u16 = 1;

/// What is said of a question (RFC 1035, RFC 6891).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NoSuchName = 3,
    NotImplemented = 4,
    Refused = 5,
    /// Its extensions are of a version that is not known.
    BadVersion = 16,
}

/// The record of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// The address of the name.
    Address(Ipv4Addr),
    /// Who speaks for the name, as what was asked.
    Authority,
    /// Who speaks for the domain of so many of its last labels: for how long it may be believed that there is nothing (RFC 2308).
    Absence(u8),
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) code: Code,
    pub(super) is_authoritative: bool,
    pub(super) record: Option<Record>,
}

impl Written {
    /// Its bytes, of which there are at most so many. What does not fit is left out, and the answer says so.
    pub(super) fn to(self, asked: &Asked<'_>, most: usize) -> Vec<u8> {
        let Self { code, is_authoritative, record } = self;
        let extensions = asked.extensions.map(|theirs| extensions(code, theirs.dnssec_ok));
        let extensions = extensions.as_ref().map_or(&[][..], <[u8; 11]>::as_slice);
        let mut answer = Vec::with_capacity(HEADER_BYTES + asked.question().len() + LONGEST_RECORD + extensions.len());
        answer.extend(head(asked.header(), code));
        answer.extend(asked.question());
        answer[5] = 1;
        if answer.len() + extensions.len() > most {
            return bare(asked.header(), Code::ServerFailure);
        }
        if is_authoritative {
            answer[2] |= AUTHORITATIVE;
        }
        if let Some(record) = record {
            let before = answer.len();
            let section = record.write(asked, &mut answer);
            if answer.len() + extensions.len() > most {
                answer.truncate(before);
                answer[2] |= TRUNCATED;
            } else {
                answer[section] = 1;
            }
        }
        answer.extend(extensions);
        answer[11] = u8::from(!extensions.is_empty());
        answer
    }
}

/// An answer of a header alone, to what cannot be understood.
pub(super) fn bare(header: &[u8], code: Code) -> Vec<u8> {
    head(header, code).to_vec()
}

fn head(header: &[u8], code: Code) -> [u8; HEADER_BYTES] {
    let mut head = [0; HEADER_BYTES];
    head[..2].copy_from_slice(&header[..2]);
    head[2] = IS_ANSWER | header[2] & (OPCODE | RECURSION_DESIRED);
    head[3] = header[3] & CHECKING_DISABLED | code as u8 & 0xf;
    head
}

/// The record that says what this server takes, and the first half of a code that has more than four bits.
fn extensions(code: Code, dnssec_ok: bool) -> [u8; 11] {
    let (kind, most) = (OPT.to_be_bytes(), LARGEST_DATAGRAM.to_be_bytes());
    [0, kind[0], kind[1], most[0], most[1], code as u8 >> 4, 0, u8::from(dnssec_ok) << 7, 0, 0, 0]
}

impl Record {
    /// Says in which byte of the header it is counted.
    fn write(self, asked: &Asked<'_>, answer: &mut Vec<u8>) -> usize {
        match self {
            Self::Address(address) => {
                answer.extend(pointing(HEADER_BYTES));
                head_of(answer, A, ANSWER_TTL_SECONDS, 4);
                answer.extend(address.octets());
                ANSWERS
            }
            Self::Authority => {
                authority(asked, u8::MAX, answer);
                ANSWERS
            }
            Self::Absence(labels) => {
                authority(asked, labels, answer);
                AUTHORITIES
            }
        }
    }
}

fn head_of(answer: &mut Vec<u8>, kind: u16, ttl_seconds: u32, length: u16) {
    answer.extend(kind.to_be_bytes());
    answer.extend(IN.to_be_bytes());
    answer.extend(ttl_seconds.to_be_bytes());
    answer.extend(length.to_be_bytes());
}

/// Who speaks for a domain. It is of use for how long clients may remember what is not there: nobody is given a zone as a whole, so nobody
/// compares serials or asks for them.
fn authority(asked: &Asked<'_>, labels: u8, answer: &mut Vec<u8>) {
    const SERIAL: u32 = 1;
    const HOUR: u32 = 3600;
    const MAILBOX: &[u8] = b"\x0ahostmaster";
    let begins = asked.domain(labels);
    let pointing = begins.map(pointing);
    let domain: &[u8] = pointing.as_ref().map_or(&[0], <[u8; 2]>::as_slice);
    let numbers = [SERIAL, HOUR, HOUR, 24 * HOUR, NEGATIVE_TTL_SECONDS];
    // With that label before it, a domain might be longer than names are.
    let is_longest = begins.is_some_and(|begins| asked.name_end() - begins + MAILBOX.len() > LONGEST_NAME);
    let mailbox = if is_longest { &[][..] } else { MAILBOX };
    let length = 2 * domain.len() + mailbox.len() + 4 * numbers.len();
    answer.extend(domain);
    head_of(answer, SOA, NEGATIVE_TTL_SECONDS, u16::try_from(length).unwrap_or_default());
    answer.extend(domain);
    answer.extend(mailbox);
    answer.extend(domain);
    numbers.iter().for_each(|number| answer.extend(number.to_be_bytes()));
}

/// The name that stands from there to its end. A message has less than 16384 bytes up to the end of its question.
fn pointing(at: usize) -> [u8; 2] {
    (u16::from(POINTS_ELSEWHERE) << 8 | u16::try_from(at).unwrap_or_default()).to_be_bytes()
}
