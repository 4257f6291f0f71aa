//! B4, store growth: what a store keeps beside what is held is bounded, also under endless creation and deletion.
use super::{Broken, Invariant, bounds};
use crate::oracle::truth::{Happened, Truth};

/// B4.
#[derive(Debug)]
pub(super) struct StoreGrowth;

impl Invariant for StoreGrowth {
    fn id(&self) -> &'static str {
        "B4"
    }

    fn slug(&self) -> &'static str {
        "store-growth"
    }

    fn see(&mut self, truth: &Truth, Happened { event, .. }: &Happened<'_>) -> Result<(), Broken> {
        let Some(store) = truth.meter.meters().stores.get(&event.node).filter(|_| truth.disks.is_ours(&event.node)) else {
            return Ok(());
        };
        let live = store.records - store.tombstones;
        let (tombstones, others) = (bounds::tombstones(live), bounds::other_records(truth.zones()));
        if store.tombstones > tombstones {
            let what =
                format!("its store remembers {} things that went, beside {live} other records; allowed are {tombstones}", store.tombstones);
            return Err(Broken::at(event, what));
        }
        if store.others > others {
            let what = format!("its store has {} records that are neither resources nor of what went; allowed are {others}", store.others);
            return Err(Broken::at(event, what));
        }
        Ok(())
    }
}
