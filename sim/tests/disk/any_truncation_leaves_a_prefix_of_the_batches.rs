//! Any truncation leaves a prefix of the batches.
use super::{batches, prefixes, written};
use proptest::prelude::*;
use strait_sim::disk::Log;

proptest! {
    #[test]
    fn any_truncation_leaves_a_prefix_of_the_batches(batches in batches(), at in any::<prop::sample::Index>()) {
        let bytes = written(&batches).bytes().to_vec();
        let end = at.index(bytes.len() + 1);
        let opened = Log::of_bytes(bytes[..end].to_vec()).open().unwrap();
        prop_assert_eq!(&opened.durable, &prefixes(&batches)[opened.batches as usize]);
        // Nothing whole was thrown away.
        if let Some(next) = batches.get(opened.batches as usize) {
            let mut with_one_more = written(&batches[..opened.batches as usize]);
            with_one_more.submit(next);
            prop_assert!(end < with_one_more.bytes().len());
        }
    }
}
