//! A place in the history of one store.
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A stretch of history: a random number, fresh at each start of the store's owner. Its order means nothing; it is for maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Epoch> for String {
    fn from(epoch: Epoch) -> Self {
        epoch.to_string()
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
