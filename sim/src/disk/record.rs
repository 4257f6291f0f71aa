//! How a batch is written: its length, its number in the file, a checksum over both and the content, and the content as JSON.
use super::Corrupt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
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

/// A batch with values as text where they are text, which is nearly always.
#[derive(Serialize, Deserialize)]
struct Form {
    lsn: u64,
    put: Vec<(StoreKey, Value)>,
    delete: Vec<StoreKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Bytes(Vec<u8>),
}

/// Writes one batch behind what is there.
pub(super) fn append(bytes: &mut Vec<u8>, number: u64, batch: &Batch) {
    let value = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::Text);
    let put = batch.put.iter().map(|(key, bytes)| (key.clone(), value(bytes))).collect();
    let form = Form { lsn: batch.lsn.0, put, delete: batch.delete.clone() };
    let content = serde_json::to_vec(&form).expect("a batch is plain data, which JSON can say");
    let length = u32::try_from(content.len()).expect("a batch is far smaller than 4 GiB");
    bytes.extend(length.to_be_bytes());
    bytes.extend(number.to_be_bytes());
    bytes.extend(checksum(length, number, &content));
    bytes.extend(content);
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
    let form: Form = serde_json::from_slice(content).map_err(|error| format!("its content is not a batch: {error}"))?;
    let bytes = |value| match value {
        Value::Text(text) => text.into_bytes(),
        Value::Bytes(bytes) => bytes,
    };
    let put = form.put.into_iter().map(|(key, value)| (key, bytes(value))).collect();
    Ok((number, Batch { lsn: Lsn(form.lsn), put, delete: form.delete }, size))
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
    let digest = Sha256::new().chain_update(length.to_be_bytes()).chain_update(number.to_be_bytes()).chain_update(content).finalize();
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest[..CHECK]);
    check
}
