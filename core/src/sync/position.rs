//! A place in the history of one store.
use serde::{Deserialize, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A stretch of history: a random number, fresh at each start of the store's owner. Its order means nothing; it is for maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Epoch(pub u64);

impl Epoch {
    /// So many digits.
    const DIGITS: usize = 16;

    /// Hands it on as text. Every position that is said or stored has one, so that this takes no memory.
    fn as_text<T>(self, take: impl FnOnce(&str) -> T) -> T {
        let digit = |index: usize| b"0123456789abcdef"[(self.0 >> (4 * (Self::DIGITS - 1 - index))) as usize & 0xf];
        let digits: [u8; Self::DIGITS] = std::array::from_fn(digit);
        take(str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_text(|text| f.write_str(text))
    }
}

impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_text(|text| serializer.serialize_str(text))
    }
}

impl TryFrom<String> for Epoch {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text.len() != 16 {
            return Err(format!("`{}` is not an epoch: 16 hexadecimal digits", text.chars().take(40).collect::<String>()));
        }
        u64::from_str_radix(&text, 16).map(Self).map_err(|_| "an epoch is 16 hexadecimal digits".to_owned())
    }
}

/// A place in history. Two places compare only within one [`super::Lineage`], hence no `Ord`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// In which stretch of history `seq` was written.
    pub epoch: Epoch,
    /// The sequence number: one more for each committed edit.
    pub seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.seq)
    }
}

impl FromStr for Position {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (epoch, seq) = text.split_once(':').ok_or("a position is EPOCH:SEQUENCE")?;
        Ok(Self {
            epoch: Epoch::try_from(epoch.to_owned())?,
            seq: seq.parse().map_err(|_| "a position's sequence is a whole number".to_owned())?,
        })
    }
}
