//! How long the JSON of a value is.
use serde_json::Value;
use std::io;

/// In bytes, without spaces.
pub(super) fn json_len(value: &Value) -> usize {
    let mut counted = Counted(0);
    // Neither counting fails nor the JSON of what is JSON.
    let _ = serde_json::to_writer(&mut counted, value);
    counted.0
}

struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
