//! A crash leaves what its outcome says of what was not synced, and never less than what was.
use super::{batches, prefixes, written};
use proptest::prelude::*;
use strait_core::{Lsn, Seed};
use strait_scenarios::world::Unstored;

proptest! {
    #[test]
    fn a_crash_leaves_what_its_outcome_says(batches in batches(), synced in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let synced = synced.index(batches.len());
        let mut rng = Seed(seed).rng();
        for (outcome, left) in [(Unstored::Kept, batches.len()), (Unstored::Torn, batches.len() - 1), (Unstored::Lost, synced)] {
            let mut disk = written(&batches);
            disk.sync(Lsn(synced as u64));
            disk.crash(outcome, &mut rng);
            prop_assert_eq!(disk.synced_upto(), Lsn(left as u64));
            prop_assert_eq!(disk.open().unwrap().durable, prefixes(&batches)[left].clone());
        }
    }

    #[test]
    fn a_power_loss_spares_what_was_synced_and_leaves_a_prefix(
        batches in batches(),
        synced in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let synced = synced.index(batches.len());
        let mut disk = written(&batches);
        disk.sync(Lsn(synced as u64));
        prop_assert_eq!(disk.image().open().unwrap().durable, prefixes(&batches)[synced].clone());
        disk.power_loss(&mut Seed(seed).rng());
        let opened = disk.open().unwrap();
        prop_assert!(opened.batches >= synced as u64);
        prop_assert_eq!(&opened.durable, &prefixes(&batches)[opened.batches as usize]);
    }
}
