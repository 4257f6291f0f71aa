//! How a backup is written: a JSON object a line. The first says what it is, the last how many there are and what they must hash to.
use super::{Backup, FORMAT};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use strait_core::StoreKey;

/// The lines of a backup, one after the other, each with its end.
pub struct Lines {
    first: Option<Value>,
    files: std::collections::btree_map::IntoIter<String, String>,
    records: std::collections::btree_map::IntoIter<StoreKey, Vec<u8>>,
    lines: u64,
    hash: Option<Sha256>,
}

impl Backup {
    /// Writes it.
    pub fn lines(self) -> Lines {
        let first = json!({"strait": "backup", "format": FORMAT, "of": self.role.to_string(), "version": env!("CARGO_PKG_VERSION")});
        Lines { first: Some(first), files: self.files.into_iter(), records: self.records.into_iter(), lines: 0, hash: Some(Sha256::new()) }
    }
}

impl Lines {
    fn next_said(&mut self) -> Option<Value> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if let Some((name, text)) = self.files.next() {
            return Some(json!({"file": name, "text": text}));
        }
        self.records.next().map(|(key, value)| json!({"record": key, "value": STANDARD.encode(value)}))
    }
}

impl Iterator for Lines {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let said = match self.next_said() {
            Some(said) => said,
            None => json!({"lines": self.lines, "sha256": hexadecimal(&self.hash.take()?.finalize())}),
        };
        let line = format!("{said}\n");
        self.lines += 1;
        if let Some(hash) = &mut self.hash {
            hash.update(line.as_bytes());
        }
        Some(line)
    }
}

/// As the last line says what the lines before it hash to.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
