//! Random resources and edits: after each the index says what the oracle works out anew, and whoever it did not name has what it had.
use crate::author::{Dice, Edit, edit};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    policy::{KINDS, PolicyIndex},
    resource::{Key, Resource},
};
use strait_scenarios::oracle::policy::{Expected, Written, resolve};

/// What every proxy has of every kind.
type Known = BTreeMap<(Key, &'static str), Value>;

fn known(index: &PolicyIndex, all: &BTreeMap<Key, Arc<Resource>>) -> Known {
    let proxies = all.keys().filter(|key| key.kind.as_str() == "Dataplane");
    let of = |proxy: &Key| {
        let mesh = proxy.mesh.clone().unwrap();
        let of_kind = |kind: &&'static strait_core::policy::PolicyKind| {
            let resolved = index.resolve(&mesh, &proxy.name, kind).unwrap_or_else(|| panic!("there is no {proxy}"));
            ((proxy.clone(), kind.name), json!(resolved))
        };
        KINDS.iter().map(of_kind).collect::<Vec<_>>()
    };
    proxies.flat_map(of).collect()
}

fn run(batches: &[Vec<Vec<u8>>]) -> Result<(), TestCaseError> {
    let mut index = PolicyIndex::new();
    let mut all: BTreeMap<Key, Arc<Resource>> = BTreeMap::new();
    let mut before = Known::new();
    for batch in batches {
        let edits: Vec<Edit> = batch.iter().map(|throws| edit(&mut Dice(throws))).collect();
        let mut changes: Vec<(Key, Option<Arc<Resource>>)> = Vec::new();
        for edit in &edits {
            let (key, resource) = match edit {
                Edit::Put(resource) => (resource.key.clone(), Some(Arc::new(resource.clone()))),
                Edit::Delete(key) => (key.clone(), None),
            };
            match &resource {
                Some(resource) => _ = all.insert(key.clone(), Arc::clone(resource)),
                None => _ = all.remove(&key),
            }
            changes.push((key, resource));
        }
        let affected = index.apply(changes.iter().map(|(key, resource)| (key, resource.as_ref())));
        let now = known(&index, &all);
        let written = all.iter().map(|(key, resource)| (key.clone(), Written::of(resource))).collect();
        for ((proxy, kind), found) in &now {
            match resolve(&written, &BTreeSet::new(), proxy, kind) {
                Expected::Comes(expected) => {
                    prop_assert!(*found == expected, "{proxy} {kind} after {edits:#?}\nexpected {expected:#}\nfound {found:#}");
                }
                other => prop_assert!(other == Expected::TooMuch, "{proxy} {kind}: {other:?}"),
            }
        }
        for (proxy, kind) in now.keys().chain(before.keys()) {
            let was_named = affected.proxies.get(proxy).is_some_and(|kinds| kinds.contains(kind));
            let slot = (proxy.clone(), *kind);
            prop_assert!(was_named || now.get(&slot) == before.get(&slot), "{proxy} {kind} changed unnamed after {edits:#?}");
        }
        before = now;
    }
    Ok(())
}

/// Batches of edits, each out of its own throws.
fn batches() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let edit = proptest::collection::vec(any::<u8>(), 0..40);
    proptest::collection::vec(proptest::collection::vec(edit, 1..4), 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_every_change(batches in batches()) {
        run(&batches)?;
    }

    /// Much is there before the first question, so that more of it meets.
    #[test]
    fn when_much_is_there(much in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 30..60), batches in batches()) {
        let batches: Vec<_> = std::iter::once(much).chain(batches.into_iter().take(3)).collect();
        run(&batches)?;
    }
}
