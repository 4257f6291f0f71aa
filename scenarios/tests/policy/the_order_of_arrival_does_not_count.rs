//! Random sets of resources: in whatever order they come, byte for byte the same comes out; and S12, which is told them one by one, agrees.
use crate::author::{Dice, Edit, edit};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    policy::{KINDS, PolicyIndex},
    resource::{Key, Resource},
};
use strait_scenarios::invariants::s12_order_independence::Held;

fn index_of(resources: &[Arc<Resource>]) -> PolicyIndex {
    let mut index = PolicyIndex::new();
    for resource in resources {
        index.apply([(&resource.key, Some(resource))]);
    }
    index
}

fn everything(index: &PolicyIndex, proxies: &[&Key]) -> String {
    let of = |proxy: &&Key| KINDS.iter().map(|kind| index.resolve(proxy.mesh.as_ref().unwrap(), &proxy.name, kind)).collect::<Vec<_>>();
    serde_json::to_string(&proxies.iter().map(of).collect::<Vec<_>>()).unwrap()
}

fn several<T: std::fmt::Debug>(of: impl Strategy<Value = T>, at_most: usize) -> impl Strategy<Value = Vec<T>> {
    proptest::collection::vec(of, 1..at_most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn for_an_index((throws, order) in several((proptest::collection::vec(any::<u8>(), 0..40), any::<u64>()), 50).prop_map(|all| all.into_iter().unzip::<_, _, Vec<_>, Vec<_>>())) {
        let mut all: BTreeMap<Key, (u64, Arc<Resource>)> = BTreeMap::new();
        for (throws, place) in throws.iter().zip(order) {
            if let Edit::Put(resource) = edit(&mut Dice(throws)) {
                all.insert(resource.key.clone(), (place, Arc::new(resource)));
            }
        }
        let proxies: Vec<&Key> = all.keys().filter(|key| key.kind.as_str() == "Dataplane").collect();
        let by_name: Vec<Arc<Resource>> = all.values().map(|(_, resource)| Arc::clone(resource)).collect();
        let mut placed: Vec<_> = all.values().collect();
        placed.sort_by_key(|(place, _)| *place);
        let otherwise: Vec<Arc<Resource>> = placed.into_iter().map(|(_, resource)| Arc::clone(resource)).collect();
        prop_assert_eq!(everything(&index_of(&by_name), &proxies), everything(&index_of(&otherwise), &proxies));
    }

    #[test]
    fn for_the_judge(edits in several(proptest::collection::vec(any::<u8>(), 0..40), 50), at_most in 1usize..20) {
        let mut held = Held::<PolicyIndex>::default();
        for throws in &edits {
            let edit = edit(&mut Dice(throws));
            match &edit {
                Edit::Put(resource) => held.take(&resource.key, Some(&Arc::new(resource.clone()))),
                Edit::Delete(key) => held.take(key, None),
            };
            let judged = held.judge(at_most);
            prop_assert!(judged.is_ok(), "after {edit:#?}: {judged:?}");
        }
        prop_assert_eq!(held.judge_all(), Ok(()));
    }
}
