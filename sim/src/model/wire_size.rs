//! How many bytes a message is on the wire.
use std::io;
use strait_core::sync::Message;

/// The encoded size of a message, before compression and framing.
///
/// As JSON, until the model can ask the protobuf encoding of the real drivers. Right in its order of magnitude, and
/// proportional to what is carried.
pub(super) fn wire_size(message: &Message) -> u64 {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, message).expect("messages hold only what JSON can say");
    counter.0
}

struct Counter(u64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
