//! What each store holds, once all that was submitted to it is written.
use crate::event::{Event, NodeId, What};
use std::collections::BTreeMap;
use strait_core::{Durable, StoreKey};

/// What one store holds, and the most that it held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreMeter {
    /// Records.
    pub records: u64,
    /// Their keys and values, in bytes.
    pub bytes: u64,
    /// The records among them that say that something went.
    pub tombstones: u64,
    /// The records among them that say whose an address is, or was last.
    pub vips: u64,
    /// The services among them.
    pub services: u64,
    /// The records among them that are of none of these, and of no other resource.
    pub others: u64,
    /// The most records.
    pub records_peak: u64,
    /// The most bytes.
    pub bytes_peak: u64,
    /// The most tombstones.
    pub tombstones_peak: u64,
    /// The most services.
    pub services_peak: u64,
}

/// The records of all stores, with their sizes.
#[derive(Debug, Default)]
pub(super) struct Stores {
    stores: BTreeMap<NodeId, Store>,
}

#[derive(Debug, Default)]
struct Store {
    records: BTreeMap<StoreKey, u64>,
    meter: StoreMeter,
}

impl Stores {
    /// Follows an event. Returns what the store of its node holds now, if that may be different.
    pub(super) fn see(&mut self, event: &Event) -> Option<StoreMeter> {
        let batches = event.batches();
        if let What::Started { durable, .. } = &event.what {
            self.stores.entry(event.node.clone()).or_default().found(durable);
        } else if batches.is_empty() {
            return None;
        }
        let store = self.stores.entry(event.node.clone()).or_default();
        for batch in batches {
            batch.delete.iter().for_each(|key| store.set(key, None));
            batch.put.iter().for_each(|(key, value)| store.set(key, Some(value.len())));
        }
        Some(store.meter)
    }
}

impl Store {
    fn found(&mut self, durable: &Durable) {
        self.records.clear();
        self.meter = StoreMeter { records: 0, bytes: 0, tombstones: 0, vips: 0, services: 0, others: 0, ..self.meter };
        durable.iter().for_each(|(key, value)| self.set(key, Some(value.len())));
    }

    fn set(&mut self, key: &StoreKey, value: Option<usize>) {
        let size = value.map(|value| (key.0.len() + value) as u64);
        let before = match size {
            Some(size) => self.records.insert(key.clone(), size),
            None => self.records.remove(key),
        };
        let count = |is: bool| u64::from(is);
        let meter = &mut self.meter;
        let counted = match key.0.split_once('/') {
            Some(("gone", _)) => Some(&mut meter.tombstones),
            Some(("own" | "synced", resource)) => resource.starts_with("MeshService/").then_some(&mut meter.services),
            Some(("vip", _)) => Some(&mut meter.vips),
            _ => Some(&mut meter.others),
        };
        if let Some(counted) = counted {
            *counted = *counted + count(size.is_some()) - count(before.is_some());
        }
        meter.records = meter.records + count(size.is_some()) - count(before.is_some());
        meter.bytes = meter.bytes + size.unwrap_or(0) - before.unwrap_or(0);
        meter.records_peak = meter.records_peak.max(meter.records);
        meter.bytes_peak = meter.bytes_peak.max(meter.bytes);
        meter.tombstones_peak = meter.tombstones_peak.max(meter.tombstones);
        meter.services_peak = meter.services_peak.max(meter.services);
    }
}
