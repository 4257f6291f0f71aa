//! B4, store growth: what a store keeps beside what is held is bounded, also under endless creation and deletion.
//!
//! A node forgets before it writes, so that what it takes away is still told to everyone who is there: what the last batch took away comes
//! on top.
use super::{Broken, Invariant, bounds};
use crate::{
    event::{DiskProvenance, Event, NodeId, What},
    oracle::truth::{Happened, Truth},
};
use std::collections::BTreeMap;

/// How many things went at once.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    last: u64,
    most: u64,
}

/// B4.
#[derive(Debug, Default)]
pub(super) struct StoreGrowth {
    taken: BTreeMap<NodeId, Taken>,
}

impl StoreGrowth {
    fn follow(&mut self, event: &Event) -> Taken {
        let taken = self.taken.entry(event.node.clone()).or_default();
        if let What::Started { disk: DiskProvenance::Restored(_), .. } = &event.what {
            // What was last taken away on that disk is not known.
            taken.last = taken.most;
        }
        let mut counts =
            event.batches().into_iter().map(|batch| batch.put.iter().filter(|(key, _)| key.0.starts_with("gone/")).count() as u64);
        if let Some(count) = counts.rfind(|count| *count > 0) {
            *taken = Taken { last: count, most: taken.most.max(count) };
        }
        *taken
    }
}

impl Invariant for StoreGrowth {
    fn id(&self) -> &'static str {
        "B4"
    }

    fn slug(&self) -> &'static str {
        "store-growth"
    }

    fn see(&mut self, truth: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        let taken = self.follow(event).last;
        let Some(store) = truth.meter.meters().stores.get(&event.node).filter(|_| truth.disks.is_ours(&event.node)) else {
            return Ok(());
        };
        let live = store.records - store.tombstones - store.vips;
        let least = truth.limits(&event.node).remembered_removals;
        let tombstones = bounds::tombstones(least, live, taken);
        let others = bounds::other_records(truth.zones(), truth.proxies(&event.node), truth.is_in_cluster(&event.node));
        if store.tombstones > tombstones {
            let what =
                format!("its store remembers {} things that went, beside {live} other records; allowed are {tombstones}", store.tombstones);
            return Err(Broken::at(event, what));
        }
        let vips = bounds::vips(store.services_peak);
        if store.vips > vips {
            let what =
                format!("its store has {} records of addresses; for {} services {vips} are allowed", store.vips, store.services_peak);
            return Err(Broken::at(event, what));
        }
        if store.others > others {
            let what = format!("its store has {} records that are neither resources nor of what went; allowed are {others}", store.others);
            return Err(Broken::at(event, what));
        }
        Ok(())
    }
}
