//! Sets of clients by tags, by trying: all groups that may be met together, all combinations of their tags.
use super::{
    Written,
    merge::{Piece, merged, without_nulls},
    origin, text,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Tags = BTreeMap<String, String>;
/// Name and value of each tag, and whether it is negated.
type Combination = Vec<(String, String, bool)>;

/// Beyond so many different sets of clients, and so many tags that may be met together, not everything can be tried.
const MOST: usize = 10;

/// `None`: there is too much to try.
pub(super) fn rules(policies: &[&Written]) -> Option<Value> {
    let mut items: Vec<(Tags, Piece)> = Vec::new();
    for policy in policies {
        for (index, item) in policy.items("from").iter().enumerate() {
            items.push((tags(&item["targetRef"]), Piece { conf: without_nulls(&item["default"]), origin: origin(policy, index) }));
        }
    }
    let mut found: Vec<(Combination, Value)> = Vec::new();
    for group in groups(&items.iter().map(|(tags, _)| tags.clone()).collect::<Vec<_>>())? {
        let used: Vec<(String, String)> =
            group.iter().flat_map(|index| items[*index].0.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        if used.len() > MOST {
            return None;
        }
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
    for count in (0..=MOST).rev() {
        for (combination, merged) in found.iter().filter(|(combination, _)| carried(combination) == count) {
            let tags: Value = combination.iter().map(|(key, value, not)| json!({"key": key, "value": value, "not": not})).collect();
            let mut rule = merged.clone();
            rule["matchers"] = if combination.is_empty() { json!([]) } else { tags };
            shown.push(rule);
        }
    }
    Some(shown.into())
}

fn tags(target: &Value) -> Tags {
    let is_by_tags = matches!(text(&target["kind"]), "MeshSubset" | "MeshServiceSubset");
    let mut tags = Tags::new();
    for (tag, value) in target["tags"].as_object().filter(|_| is_by_tags).into_iter().flatten() {
        tags.insert(tag.clone(), text(value).to_owned());
    }
    if matches!(text(&target["kind"]), "MeshService" | "MeshServiceSubset") {
        tags.insert("kuma.io/service".to_owned(), text(&target["name"]).to_owned());
    }
    tags
}

/// Every set of items of which each two may be met together, and to which no other can be added; `None`: there are too many to try all.
fn groups(items: &[Tags]) -> Option<Vec<Vec<usize>>> {
    // Who asks for the same is always together.
    let different: Vec<&Tags> = items.iter().collect::<BTreeSet<_>>().into_iter().collect();
    if different.len() > MOST {
        return None;
    }
    let meet = |one: &Tags, other: &Tags| one.iter().all(|(key, value)| other.get(key).is_none_or(|theirs| theirs == value));
    let members = |set: u32| different.iter().enumerate().filter(move |(index, _)| set >> index & 1 == 1).map(|(_, tags)| *tags);
    let is_group = |set: u32| members(set).all(|one| members(set).all(|other| meet(one, other)));
    let groups: Vec<u32> = (1..1u32 << different.len()).filter(|set| is_group(*set)).collect();
    let maximal = groups.iter().filter(|set| !groups.iter().any(|other| other != *set && *other & **set == **set));
    let numbers = |set: &u32| (0..items.len()).filter(|index| members(*set).any(|tags| *tags == items[*index])).collect();
    let mut found: Vec<Vec<usize>> = maximal.map(numbers).collect();
    let name = |group: &Vec<usize>| group.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
    found.sort_by_key(|group| std::cmp::Reverse(name(group)));
    Some(found)
}
