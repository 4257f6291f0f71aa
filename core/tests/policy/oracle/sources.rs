//! Sets of clients by tags, by trying: all groups that may be met together, all combinations of their tags.
use super::{
    Written,
    merge::{Piece, merged, without_nulls},
    origin,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Tags = BTreeMap<String, String>;
/// Name and value of each tag, and whether it is negated.
type Combination = Vec<(String, String, bool)>;

pub(super) fn rules(policies: &[&Written]) -> Value {
    let mut items: Vec<(Tags, Piece)> = Vec::new();
    for policy in policies {
        for (index, item) in policy.items("from").iter().enumerate() {
            items.push((tags(&item["targetRef"]), Piece { conf: without_nulls(&item["default"]), origin: origin(policy, index) }));
        }
    }
    let mut found: Vec<(Combination, Value)> = Vec::new();
    for group in groups(&items.iter().map(|(tags, _)| tags.clone()).collect::<Vec<_>>()) {
        let used: Vec<(String, String)> =
            group.iter().flat_map(|index| items[*index].0.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let mut all: Vec<Combination> = vec![Vec::new()];
        // The last tag changes slowest.
        for (key, value) in &used {
            let with = |negated: bool| {
                all.iter().cloned().map(move |mut combination| {
                    combination.push((key.clone(), value.clone(), negated));
                    combination
                })
            };
            all = with(false).chain(with(true)).collect();
        }
        all.rotate_left(1);
        for combination in all {
            let carried = |key: &String, value: &String| combination.contains(&(key.clone(), value.clone(), false));
            let pieces: Vec<Piece> = items
                .iter()
                .filter(|(tags, _)| tags.iter().all(|(key, value)| carried(key, value)))
                .map(|(_, piece)| piece.clone())
                .collect();
            if !pieces.is_empty() {
                found.push((combination, merged(&pieces)));
            }
        }
    }
    let carried = |combination: &[(String, String, bool)]| combination.iter().filter(|(.., negated)| !negated).count();
    let mut shown = Vec::new();
    for count in (0..=16).rev() {
        for (combination, merged) in found.iter().filter(|(combination, _)| carried(combination) == count) {
            let tags: Value = combination.iter().map(|(key, value, not)| json!({"key": key, "value": value, "not": not})).collect();
            let mut rule = merged.clone();
            rule["matchers"] = if combination.is_empty() { json!([]) } else { tags };
            shown.push(rule);
        }
    }
    shown.into()
}

fn tags(target: &Value) -> Tags {
    let mut tags: Tags = serde_json::from_value(target["tags"].clone()).unwrap_or_default();
    if matches!(target["kind"].as_str(), Some("MeshService" | "MeshServiceSubset")) {
        tags.insert("kuma.io/service".to_owned(), target["name"].as_str().unwrap_or("").to_owned());
    }
    tags
}

/// Every set of items of which each two may be met together, and to which no other can be added.
fn groups(items: &[Tags]) -> Vec<Vec<usize>> {
    let meet = |one: &Tags, other: &Tags| one.iter().all(|(key, value)| other.get(key).is_none_or(|theirs| theirs == value));
    assert!(items.len() <= 16, "too many to try all");
    let is_group = |set: u32| {
        let members = || (0..items.len()).filter(move |index| set >> index & 1 == 1);
        members().all(|one| members().all(|other| meet(&items[one], &items[other])))
    };
    let groups: Vec<u32> = (1..1u32 << items.len()).filter(|set| is_group(*set)).collect();
    let maximal = groups.iter().filter(|set| !groups.iter().any(|other| other != *set && *other & **set == **set));
    let mut found: Vec<Vec<usize>> = maximal.map(|set| (0..items.len()).filter(|index| set >> index & 1 == 1).collect()).collect();
    let text = |group: &Vec<usize>| group.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    found.sort_by_key(|group| std::cmp::Reverse(text(group)));
    found
}
