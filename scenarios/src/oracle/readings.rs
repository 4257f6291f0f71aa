//! What records of resources say, each content read once.
//!
//! A version of a resource is written by global and by every zone that it is for, and several checkers ask what is written. Reading it
//! costs far more than telling whether it was read before.
use super::fact::Print;
use crate::digest::digest_of_bytes;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{StoreKey, resource::Resource};

/// So many contents are remembered. They are few at any time; a run may see any number.
const REMEMBERED: usize = 1 << 14;

/// The records that were read.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    read: BTreeMap<u128, Arc<Reading>>,
}

/// What one record says.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) resource: Resource,
    pub(crate) print: Print,
}

#[derive(Deserialize)]
struct Record {
    resource: Resource,
}

impl Readings {
    /// What a record says, and remembers it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(&mut self, key: &StoreKey, record: &[u8]) -> Result<Arc<Reading>, String> {
        let number = digest_of_bytes(record);
        if let Some(reading) = self.read.get(&number) {
            return Ok(Arc::clone(reading));
        }
        let reading = Arc::new(Reading::of(record).map_err(|error| format!("the record `{key}` cannot be read: {error}"))?);
        if self.read.len() >= REMEMBERED {
            self.read.clear();
        }
        self.read.insert(number, Arc::clone(&reading));
        Ok(reading)
    }

    /// What a record says that was probably read before. `None`: it cannot be read.
    pub(crate) fn recall(&self, record: &[u8]) -> Option<Arc<Reading>> {
        let known = self.read.get(&digest_of_bytes(record)).cloned();
        known.or_else(|| Reading::of(record).ok().map(Arc::new))
    }
}

impl Reading {
    fn of(record: &[u8]) -> Result<Self, serde_json::Error> {
        let Record { resource } = serde_json::from_slice(record)?;
        Ok(Self { print: Print::of(&resource), resource })
    }
}
