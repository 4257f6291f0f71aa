//! A question, read from its bytes (RFC 1035; RFC 6891 for its extensions).
//!
//! All of a message is judged by its form, since a launcher passes questions on as they are; what stands in its records is of no use here.
//! Questions have one name, which nobody shortens: one that points elsewhere, and so perhaps at itself, has no form.

/// A header has so many bytes.
pub(super) const HEADER_BYTES: usize = 12;
/// In the header's third byte: this is an answer.
pub(super) const IS_ANSWER: u8 = 0x80;
/// There: what is to be done; 0 is a question.
pub(super) const OPCODE: u8 = 0x78;
/// There: recursion is desired, which an answer repeats.
pub(super) const RECURSION_DESIRED: u8 = 0x01;
/// In the fourth byte: the client checks by itself, which an answer repeats (RFC 4035).
pub(super) const CHECKING_DISABLED: u8 = 0x10;
/// The type of the record of extensions.
pub(super) const OPT: u16 = 41;

/// A name has so many bytes at most, with the lengths of its labels.
pub(super) const LONGEST_NAME: usize = 255;
const LONGEST_LABEL: u8 = 63;
/// Both of these bits: a name goes on elsewhere.
pub(super) const POINTS_ELSEWHERE: u8 = 0xc0;

/// A question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    message: &'a [u8],
    name_end: usize,
    pub(super) kind: u16,
    pub(super) class: u16,
    pub(super) extensions: Option<Extensions>,
}

/// What a client says of itself with extensions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extensions {
    /// What a datagram to it may take, in bytes.
    pub(super) most: u16,
    pub(super) version: u8,
    /// It wants signatures.
    pub(super) dnssec_ok: bool,
}

/// Why there is no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is too short to be answered, or an answer itself: two who answer answers would never end.
    Nothing,
    /// Something else is to be done than to answer a question.
    NotImplemented,
    /// It has no form.
    Malformed,
}

impl<'a> Asked<'a> {
    /// Reads a message, with exactly one question in it (RFC 9619) and nothing after its end.
    pub(super) fn read(message: &'a [u8]) -> Result<Self, Unread> {
        let header = message.first_chunk::<HEADER_BYTES>().ok_or(Unread::Nothing)?;
        if header[2] & IS_ANSWER != 0 {
            return Err(Unread::Nothing);
        }
        if header[2] & OPCODE != 0 {
            return Err(Unread::NotImplemented);
        }
        if header[4..6] != [0, 1] {
            return Err(Unread::Malformed);
        }
        Self::read_body(message, header).ok_or(Unread::Malformed)
    }

    fn read_body(message: &'a [u8], header: &[u8; HEADER_BYTES]) -> Option<Self> {
        let count = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let mut reader = Reader { message, at: HEADER_BYTES };
        reader.whole_name()?;
        let name_end = reader.at;
        let (kind, class) = (reader.u16()?, reader.u16()?);
        // Each takes bytes, so that no more are read than there are, whatever is counted.
        for _ in 0..u32::from(count(6)) + u32::from(count(8)) {
            reader.record().filter(|record| record.kind != OPT)?;
        }
        let mut extensions = None;
        for _ in 0..count(10) {
            let record = reader.record()?;
            if record.kind == OPT && extensions.replace(record.extensions()?).is_some() {
                return None;
            }
        }
        (reader.at == message.len()).then_some(Self { message, name_end, kind, class, extensions })
    }

    /// The first bytes of the message.
    pub(super) fn header(&self) -> &'a [u8] {
        &self.message[..HEADER_BYTES]
    }

    /// The question as it stands there: name, type and class.
    pub(super) fn question(&self) -> &'a [u8] {
        &self.message[HEADER_BYTES..self.name_end + 4]
    }

    /// Where the name ends, with its last, empty label.
    pub(super) fn name_end(&self) -> usize {
        self.name_end
    }

    /// Where the domain of so many of the name's last labels begins. `None`: it is the root.
    pub(super) fn domain(&self, labels: u8) -> Option<usize> {
        let before = self.labels().count().saturating_sub(usize::from(labels));
        self.labels().nth(before).map(|(at, _)| at)
    }

    /// The labels of the name, and for each where it begins in the message.
    pub(super) fn labels(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let (message, mut at) = (self.message, HEADER_BYTES);
        std::iter::from_fn(move || {
            let length = usize::from(message[at]);
            let label = (at, &message[at + 1..=at + length]);
            at += 1 + length;
            (length > 0).then_some(label)
        })
    }
}

struct Record<'a> {
    /// Its name is the empty one.
    is_of_root: bool,
    kind: u16,
    class: u16,
    ttl: [u8; 4],
    data: &'a [u8],
}

impl Record<'_> {
    /// What the record of extensions says. `None`: it has no form.
    fn extensions(&self) -> Option<Extensions> {
        let mut options = Reader { message: self.data, at: 0 };
        while options.at < self.data.len() {
            let (_code, length) = (options.u16()?, options.u16()?);
            options.take(usize::from(length))?;
        }
        let [_, version, flags, _] = self.ttl;
        self.is_of_root.then_some(Extensions { most: self.class, version, dnssec_ok: flags & 0x80 != 0 })
    }
}

struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let taken = self.message.get(self.at..)?.get(..bytes)?;
        self.at += bytes;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|taken| taken[0])
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|taken| u16::from_be_bytes([taken[0], taken[1]]))
    }

    /// Passes a name that points nowhere.
    fn whole_name(&mut self) -> Option<()> {
        let begins = self.at;
        loop {
            let length = self.u8().filter(|length| *length <= LONGEST_LABEL)?;
            self.take(usize::from(length))?;
            if self.at - begins > LONGEST_NAME {
                return None;
            }
            if length == 0 {
                return Some(());
            }
        }
    }

    /// Passes a name that may end before itself. Says whether it is the empty one.
    fn name(&mut self) -> Option<bool> {
        let begins = self.at;
        loop {
            let length = self.u8()?;
            if length & POINTS_ELSEWHERE == POINTS_ELSEWHERE {
                let to = usize::from(u16::from_be_bytes([length & !POINTS_ELSEWHERE, self.u8()?]));
                // To what came before: so nobody who follows goes round.
                return (HEADER_BYTES..begins).contains(&to).then_some(false);
            }
            if length > LONGEST_LABEL {
                return None;
            }
            self.take(usize::from(length))?;
            if self.at - begins > LONGEST_NAME {
                return None;
            }
            if length == 0 {
                return Some(self.at - begins == 1);
            }
        }
    }

    fn record(&mut self) -> Option<Record<'a>> {
        let is_of_root = self.name()?;
        let (kind, class) = (self.u16()?, self.u16()?);
        let ttl = *self.take(4)?.first_chunk()?;
        let length = self.u16()?;
        Some(Record { is_of_root, kind, class, ttl, data: self.take(usize::from(length))? })
    }
}
