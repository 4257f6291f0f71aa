//! Damage before the tail is refused with its place; damage in the tail is cut back.
use super::{batches, prefixes, written};
use proptest::prelude::*;
use strait_sim::disk::Log;

proptest! {
    #[test]
    fn damage_before_the_tail_is_refused_and_in_the_tail_cut_back(
        batches in batches(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut bytes = written(&batches).bytes().to_vec();
        let place = at.index(bytes.len());
        bytes[place] ^= flip;
        let ends: Vec<usize> = (1..=batches.len()).map(|count| written(&batches[..count]).bytes().len()).collect();
        let damaged = ends.iter().position(|end| place < *end).unwrap();
        match Log::of_bytes(bytes).open() {
            Ok(opened) => {
                prop_assert_eq!(damaged, batches.len() - 1, "damage before the tail was accepted");
                prop_assert_eq!(&opened.durable, &prefixes(&batches)[damaged]);
            }
            Err(corrupt) => {
                prop_assert!(damaged < batches.len() - 1, "damage in the tail was refused: {}", corrupt);
                prop_assert_eq!(corrupt.record, damaged as u64);
                prop_assert_eq!(corrupt.offset, if damaged == 0 { 0 } else { ends[damaged - 1] });
            }
        }
    }

    #[test]
    fn no_bytes_at_all_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Log::of_bytes(bytes).open();
    }
}
