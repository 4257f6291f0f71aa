//! What every store promises, whatever it stands on: one contract, kept by each.
#![allow(missing_docs, clippy::unwrap_used)]
mod a_damaged_file_is_refused_and_left_as_it_is;
mod a_file_in_use_is_named;
mod contract;
mod faulty;
mod rigs;
mod what_waits_goes_in_one_transaction;

use rigs::*;

/// The contract, for each store.
macro_rules! kept_by {
    ($($store:ident: $rig:ty),* $(,)?) => { $(
        mod $store {
            use super::*;

            #[tokio::test(start_paused = true)]
            async fn a_new_store_is_empty_and_has_nothing_to_report() {
                contract::a_new_store_is_empty_and_has_nothing_to_report(<$rig>::default()).await;
            }

            #[tokio::test(start_paused = true)]
            async fn batches_are_applied_whole_and_in_order() {
                contract::batches_are_applied_whole_and_in_order(<$rig>::default()).await;
            }

            #[tokio::test(start_paused = true)]
            async fn what_is_reported_is_cumulative_and_grows() {
                contract::what_is_reported_is_cumulative_and_grows(<$rig>::default()).await;
            }

            #[tokio::test(start_paused = true)]
            async fn waiting_may_be_given_up_at_any_time() {
                contract::waiting_may_be_given_up_at_any_time(<$rig>::default()).await;
            }

            #[tokio::test(start_paused = true)]
            async fn one_process_after_the_other_goes_on_where_the_last_ended() {
                contract::one_process_after_the_other_goes_on_where_the_last_ended(<$rig>::default()).await;
            }

            #[tokio::test(start_paused = true)]
            async fn a_failure_is_told_once_with_the_first_batch_it_concerns() {
                contract::a_failure_is_told_once_with_the_first_batch_it_concerns(<$rig>::default()).await;
            }

            #[tokio::test(start_paused = true)]
            async fn after_a_failure_nothing_more_is_written() {
                contract::after_a_failure_nothing_more_is_written(<$rig>::default()).await;
            }

            #[tokio::test(start_paused = true)]
            async fn a_disk_that_takes_nothing_can_be_read() {
                contract::a_disk_that_takes_nothing_can_be_read(<$rig>::default()).await;
            }

            #[test]
            fn any_batches_are_read_back_as_their_fold() {
                contract::any_batches_are_read_back_as_their_fold::<$rig>();
            }
        }
    )* };
}

kept_by! {
    memory: Memory,
    redb_in_a_file: RedbFile,
    redb_without_a_thread: RedbPolled,
    redb_on_simulated_sectors: RedbSectors,
    simulated_log: SimulatedLog,
}
