//! How a batch is written: its length, its number in the file, a checksum over both and the content, and the content: the batch's
//! number, what it puts and what it deletes, each text with its length before it. Written at every step of every node, so that it has to
//! be quick.
use super::Corrupt;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;
use strait_core::{Batch, Lsn, StoreKey};

const LENGTH: usize = 4;
const NUMBER: usize = 8;
const CHECK: usize = 8;
const HEADER: usize = LENGTH + NUMBER + CHECK;

/// Where reading ended.
pub(super) struct Read {
    pub(super) records: u64,
    pub(super) end: usize,
}

/// Writes one batch behind what is there.
pub(super) fn append(bytes: &mut Vec<u8>, number: u64, batch: &Batch) {
    let begins = bytes.len();
    bytes.extend([0; HEADER]);
    bytes.extend(batch.lsn.0.to_be_bytes());
    write_length(bytes, batch.put.len());
    for (key, value) in &batch.put {
        write_text(bytes, key.0.as_bytes());
        write_text(bytes, value);
    }
    write_length(bytes, batch.delete.len());
    batch.delete.iter().for_each(|key| write_text(bytes, key.0.as_bytes()));
    let content = &bytes[begins + HEADER..];
    let length = u32::try_from(content.len()).expect("a batch is far smaller than 4 GiB");
    let check = checksum(length, number, content);
    let header = [&length.to_be_bytes()[..], &number.to_be_bytes(), &check].concat();
    bytes[begins..begins + HEADER].copy_from_slice(&header);
}

fn write_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend(u32::try_from(length).expect("a batch is far smaller than 4 GiB").to_be_bytes());
}

fn write_text(bytes: &mut Vec<u8>, text: &[u8]) {
    write_length(bytes, text.len());
    bytes.extend_from_slice(text);
}

/// Reads batch after batch. What is left of a batch at the tail is not read; damage before the tail is an error.
pub(super) fn read(bytes: &[u8], mut each: impl FnMut(Batch)) -> Result<Read, Corrupt> {
    let (mut records, mut end) = (0, 0);
    while end < bytes.len() {
        match one(&bytes[end..]) {
            Ok((number, batch, size)) if number == records => {
                each(batch);
                records += 1;
                end += size;
            }
            Ok((number, ..)) => return Err(Corrupt { record: records, offset: end, why: format!("record {number} stands in its place") }),
            Err(why) if whole_record_follows(&bytes[end..], records) => return Err(Corrupt { record: records, offset: end, why }),
            Err(_) => break,
        }
    }
    Ok(Read { records, end })
}

fn one(bytes: &[u8]) -> Result<(u64, Batch, usize), String> {
    let header = bytes.get(..HEADER).ok_or("its header is not complete")?;
    let number = number_of(header);
    let length = length_of(header);
    let size = HEADER + length as usize;
    let content = bytes.get(HEADER..size).ok_or("its content is not complete")?;
    if header[LENGTH + NUMBER..] != checksum(length, number, content) {
        return Err("its checksum does not match".to_owned());
    }
    let batch = Content(content).batch().ok_or("its content is not a batch")?;
    Ok((number, batch, size))
}

/// What is left to read of the content of a record.
struct Content<'a>(&'a [u8]);

impl Content<'_> {
    fn batch(mut self) -> Option<Batch> {
        let lsn = Lsn(u64::from_be_bytes(self.take(NUMBER)?.try_into().ok()?));
        let put = (0..self.length()?).map(|_| Some((self.key()?, self.text()?))).collect::<Option<_>>()?;
        let delete = (0..self.length()?).map(|_| self.key()).collect::<Option<_>>()?;
        self.0.is_empty().then_some(Batch { lsn, put, delete })
    }

    fn key(&mut self) -> Option<StoreKey> {
        String::from_utf8(self.text()?).ok().map(StoreKey)
    }

    fn text(&mut self) -> Option<Vec<u8>> {
        let length = self.length()?;
        self.take(length).map(<[u8]>::to_vec)
    }

    fn length(&mut self) -> Option<usize> {
        let length = u32::from_be_bytes(self.take(LENGTH)?.try_into().ok()?);
        usize::try_from(length).ok()
    }

    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, left) = self.0.split_at_checked(length)?;
        self.0 = left;
        Some(taken)
    }
}

/// Whether a later record stands whole behind damage: then the damage is not at the tail. The length may be what is damaged,
/// so every byte is tried; the number makes nearly all of them fail at once.
fn whole_record_follows(bytes: &[u8], damaged: u64) -> bool {
    let most = damaged + (bytes.len() / HEADER) as u64;
    (1..bytes.len().saturating_sub(HEADER))
        .map(|offset| &bytes[offset..])
        .filter(|rest| (damaged + 1..=most).contains(&number_of(rest)))
        .any(|rest| one(rest).is_ok())
}

fn length_of(header: &[u8]) -> u32 {
    header[..LENGTH].iter().fold(0, |length, byte| length << 8 | u32::from(*byte))
}

fn number_of(header: &[u8]) -> u64 {
    header[LENGTH..LENGTH + NUMBER].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn checksum(length: u32, number: u64, content: &[u8]) -> [u8; CHECK] {
    let mut hasher = SipHasher13::new();
    hasher.write(&length.to_be_bytes());
    hasher.write(&number.to_be_bytes());
    hasher.write(content);
    hasher.finish().to_be_bytes()
}
