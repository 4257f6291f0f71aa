//! What the simulated disk promises.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_crash_leaves_what_its_outcome_says;
mod any_truncation_leaves_a_prefix_of_the_batches;
mod damage_before_the_tail_is_refused_and_in_the_tail_cut_back;

use proptest::prelude::*;
use strait_core::{Batch, Durable, Lsn, StoreKey};
use strait_sim::disk::Log;

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let key = (0_u8..5).prop_map(|key| StoreKey(format!("own/{key}")));
    let put = proptest::collection::vec((key.clone(), proptest::collection::vec(any::<u8>(), 0..20)), 0..4);
    let delete = proptest::collection::vec(key, 0..2);
    proptest::collection::vec((put, delete), 1..8).prop_map(|batches| {
        let numbered = (1..).zip(batches);
        numbered.map(|(lsn, (put, delete))| Batch { lsn: Lsn(lsn), put, delete }).collect()
    })
}

fn written(batches: &[Batch]) -> Log {
    let mut disk = Log::new();
    batches.iter().for_each(|batch| disk.submit(batch));
    disk
}

/// Everything after each number of batches.
fn prefixes(batches: &[Batch]) -> Vec<Durable> {
    let mut durable = Durable::new();
    let mut prefixes = vec![durable.clone()];
    for batch in batches {
        batch.apply_to(&mut durable);
        prefixes.push(durable.clone());
    }
    prefixes
}
