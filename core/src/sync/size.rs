//! How large a resource is.
use crate::resource::Resource;
use std::io;

/// About how many bytes a resource takes on the wire; for cutting transfers into parts, and for bounds.
pub(crate) fn approximate_size(resource: &Resource) -> usize {
    let labels: usize = resource.labels.iter().map(|(label, value)| label.len() + value.len() + 4).sum();
    let spec = match resource.spec.raw() {
        Some(raw) => raw.bytes.len(),
        None => resource.spec.value().map_or(0, json_bytes),
    };
    resource.key.name.as_str().len() * 2 + labels + spec + 160
}

fn json_bytes(value: &serde_json::Value) -> usize {
    let mut counted = Counted(0);
    // Counting fails on nothing.
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
