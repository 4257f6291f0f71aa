//! The contract: behaviours, generic over stores.
use super::rigs::{Rig, Wrong};
use proptest::{prelude::*, test_runner::TestRunner};
use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};
use strait_core::{Batch, Durable, Lsn, StoreFailure, StoreKey};
use strait_shell::store::{BatchRefused, Store};

pub(super) async fn a_new_store_is_empty_and_has_nothing_to_report(mut rig: impl Rig) {
    let mut store = rig.open();
    assert_eq!(store.load().unwrap(), Durable::new());
    assert_eq!(poll(&mut store), None);
}

pub(super) async fn batches_are_applied_whole_and_in_order(mut rig: impl Rig) {
    let mut store = rig.open();
    store.load().unwrap();
    store.submit(batch(1, &[("a", "1"), ("b", "1"), ("gone", "1")], &[]));
    store.submit(batch(2, &[("a", "2")], &["b", "never-there"]));
    // What a batch both removes and puts is there afterwards.
    store.submit(batch(3, &[("c", "3")], &["c", "gone"]));
    until(&mut store, 3).await.unwrap();
    let mut store = rig.reopen(store);
    assert_eq!(store.load().unwrap(), durable(&[("a", "2"), ("c", "3")]));
}

pub(super) async fn what_is_reported_is_cumulative_and_grows(mut rig: impl Rig) {
    let mut store = rig.open();
    store.load().unwrap();
    let mut reported = Vec::new();
    for lsn in 1..=40 {
        store.submit(batch(lsn, &[("a", "x")], &[]));
        if lsn % 7 == 0 {
            reported.push(store.stored().await.unwrap());
        }
    }
    while reported.last() != Some(&Lsn(40)) {
        reported.push(store.stored().await.unwrap());
    }
    assert!(reported.is_sorted_by(|before, after| before < after), "{reported:?}");
    assert_eq!(poll(&mut store), None);
}

pub(super) async fn waiting_may_be_given_up_at_any_time(mut rig: impl Rig) {
    let mut store = rig.open();
    store.load().unwrap();
    let mut last = Lsn(0);
    for lsn in 1..=50 {
        store.submit(batch(lsn, &[("a", "x"), (&format!("k{lsn}"), "y")], &[]));
        last = poll(&mut store).map_or(last, Result::unwrap);
    }
    if last < Lsn(50) {
        until(&mut store, 50).await.unwrap();
    }
    let mut store = rig.reopen(store);
    assert_eq!(store.load().unwrap().len(), 51);
}

pub(super) async fn one_process_after_the_other_goes_on_where_the_last_ended(mut rig: impl Rig) {
    let mut store = rig.open();
    let mut expected = Durable::new();
    for process in 0..4 {
        assert_eq!(store.load().unwrap(), expected);
        // Each process counts its batches from 1.
        for lsn in 1..=3 {
            let batch = batch(lsn, &[(&format!("{process}-{lsn}"), "x")], &[&format!("{}-{lsn}", process - 2)]);
            batch.apply_to(&mut expected);
            store.submit(batch);
        }
        until(&mut store, 3).await.unwrap();
        store = rig.reopen(store);
    }
    assert_eq!(store.load().unwrap(), expected);
}

pub(super) async fn a_failure_is_told_once_with_the_first_batch_it_concerns<R: Rig>(_: R) {
    for wrong in Wrong::ALL {
        let mut rig = R::default();
        let mut store = rig.open();
        store.load().unwrap();
        store.submit(batch(1, &[("a", "1")], &[]));
        until(&mut store, 1).await.unwrap();
        if !rig.go_wrong(Some(wrong)) {
            return;
        }
        store.submit(batch(2, &[("a", "2")], &[]));
        store.submit(batch(3, &[("a", "3")], &[]));
        let why = if wrong == Wrong::Full { StoreFailure::Full } else { StoreFailure::Io };
        assert_eq!(until(&mut store, 3).await, Err(BatchRefused { from: Lsn(2), why }), "{wrong:?}");
        assert_eq!(poll(&mut store), None, "{wrong:?}");
        store.submit(batch(4, &[("a", "4")], &[]));
        assert_eq!(poll(&mut store), None, "{wrong:?}");
    }
}

pub(super) async fn after_a_failure_nothing_more_is_written<R: Rig>(_: R) {
    for wrong in Wrong::ALL {
        let mut rig = R::default();
        let mut store = rig.open();
        store.load().unwrap();
        store.submit(batch(1, &[("a", "1")], &[]));
        until(&mut store, 1).await.unwrap();
        if !rig.go_wrong(Some(wrong)) {
            return;
        }
        store.submit(batch(2, &[("a", "2")], &[]));
        until(&mut store, 2).await.unwrap_err();
        // The disk is well again, and this store does not notice: it no longer knows what the disk holds.
        rig.go_wrong(None);
        store.submit(batch(3, &[("a", "3")], &[]));
        assert_eq!(poll(&mut store), None, "{wrong:?}");
        let mut store = rig.reopen(store);
        let found = store.load().unwrap();
        let allowed: &[&str] = if wrong == Wrong::FailsToSync { &["1", "2"] } else { &["1"] };
        assert!(allowed.iter().any(|a| found == durable(&[("a", a)])), "{wrong:?}: {found:?}");
        // And a new store on it works.
        store.submit(batch(1, &[("a", "again")], &[]));
        until(&mut store, 1).await.unwrap();
        let mut store = rig.reopen(store);
        assert_eq!(store.load().unwrap(), durable(&[("a", "again")]), "{wrong:?}");
    }
}

/// A node starts from a disk that takes no write, and serves what it has.
pub(super) async fn a_disk_that_takes_nothing_can_be_read<R: Rig>(_: R) {
    for wrong in [Wrong::Full, Wrong::FailsToSync] {
        let mut rig = R::default();
        let mut store = rig.open();
        store.load().unwrap();
        store.submit(batch(1, &[("a", "1")], &[]));
        until(&mut store, 1).await.unwrap();
        if !rig.go_wrong(Some(wrong)) {
            return;
        }
        for _ in 0..3 {
            store = rig.reopen(store);
            assert_eq!(store.load().unwrap(), durable(&[("a", "1")]), "{wrong:?}");
        }
    }
}

pub(super) fn any_batches_are_read_back_as_their_fold<R: Rig>() {
    let key = (0_u8..6).prop_map(|key| StoreKey(format!("own/{key}")));
    let put = proptest::collection::vec((key.clone(), proptest::collection::vec(any::<u8>(), 0..2000)), 0..4);
    let written = proptest::collection::vec((put, proptest::collection::vec(key, 0..3), any::<bool>()), 1..12);
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&written, |batches| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let mut rig = R::default();
                let mut store = rig.open();
                let mut expected = store.load().unwrap();
                let (mut lsn, mut stored) = (0, 0);
                for (put, delete, wait) in batches {
                    lsn += 1;
                    let batch = Batch { lsn: Lsn(lsn), put, delete };
                    batch.apply_to(&mut expected);
                    store.submit(batch);
                    if wait {
                        stored = store.stored().await.unwrap().0;
                    }
                }
                if stored < lsn {
                    until(&mut store, lsn).await.unwrap();
                }
                let mut store = rig.reopen(store);
                prop_assert_eq!(store.load().unwrap(), expected);
                Ok(())
            })
        })
        .unwrap();
}

/// Waits until that batch is reported, or a failure.
async fn until(store: &mut impl Store, lsn: u64) -> Result<(), BatchRefused> {
    while store.stored().await? < Lsn(lsn) {}
    Ok(())
}

/// Looks whether there is something to report, without waiting.
fn poll(store: &mut impl Store) -> Option<Result<Lsn, BatchRefused>> {
    match pin!(store.stored()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(reported) => Some(reported),
        Poll::Pending => None,
    }
}

pub(super) fn batch(lsn: u64, put: &[(&str, &str)], delete: &[&str]) -> Batch {
    let put = put.iter().map(|(key, value)| (StoreKey((*key).to_owned()), value.as_bytes().to_vec())).collect();
    Batch { lsn: Lsn(lsn), put, delete: delete.iter().map(|key| StoreKey((*key).to_owned())).collect() }
}

fn durable(records: &[(&str, &str)]) -> Durable {
    records.iter().map(|(key, value)| (StoreKey((*key).to_owned()), value.as_bytes().to_vec())).collect()
}
