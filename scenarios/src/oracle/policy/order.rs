//! The order of policies and of items, by comparing two at a time and moving what is greater to the end.
use super::{Written, text};
use serde_json::Value;
use std::cmp::Ordering;

const KINDS: [&str; 9] = [
    "Mesh",
    "Dataplane",
    "MeshSubset",
    "MeshGateway",
    "MeshService",
    "MeshExternalService",
    "MeshMultiZoneService",
    "MeshServiceSubset",
    "MeshHTTPRoute",
];

pub(super) fn sort_policies<T>(policies: &mut [(&Written, T)]) {
    let ways = ways(policies.iter().map(|(policy, _)| *policy));
    insertion_sort(policies, |(one, _), (other, _)| {
        before_name(one, other, &ways).then(other.display_name().cmp(one.display_name())).then(other.name().cmp(one.name()))
    });
}

pub(super) fn sort_items(items: &mut [(&Written, usize, &Value)]) {
    let ways = ways(items.iter().map(|(policy, ..)| *policy));
    insertion_sort(items, |(one, _, mine), (other, _, theirs)| {
        let kind = |item: &Value| KINDS.iter().position(|kind| item["targetRef"]["kind"] == *kind);
        let is_part = |item: &Value| item["targetRef"]["kind"] == "MeshService" && !text(&item["targetRef"]["sectionName"]).is_empty();
        before_name(one, other, &ways)
            .then(kind(mine).cmp(&kind(theirs)))
            .then(is_part(mine).cmp(&is_part(theirs)))
            .then(other.display_name().cmp(one.display_name()))
    });
}

/// Stable.
fn insertion_sort<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    for end in 1..list.len() {
        let mut at = end;
        while at > 0 && compare(&list[at - 1], &list[at]) == Ordering::Greater {
            list.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// How a reference to `Dataplane` says which: all, labels, name; and whether it names an inbound.
fn way(policy: &Written) -> Option<(&'static str, bool)> {
    let top = policy.top();
    let has = |field: &str| !text(&top[field]).is_empty();
    (top["kind"] == "Dataplane").then(|| {
        let labelled = top["labels"].as_object().is_some_and(|labels| !labels.is_empty());
        let way = match (has("name"), labelled) {
            (true, _) => "name",
            (false, true) => "labels",
            (false, false) => "all",
        };
        (way, has("sectionName"))
    })
}

fn ways<'a>(policies: impl Iterator<Item = &'a Written>) -> Vec<&'static str> {
    policies.filter_map(way).map(|(way, _)| way).collect()
}

fn before_name(one: &Written, other: &Written, ways: &[&str]) -> Ordering {
    let kind = |policy: &Written| KINDS.iter().position(|kind| policy.top()["kind"] == *kind);
    let side = |policy: &Written| match policy.label("kuma.io/origin") {
        "global" => 0,
        "zone" => 2,
        _ => 1,
    };
    let role = |policy: &Written| {
        ["producer", "consumer", "workload-owner"]
            .iter()
            .position(|role| policy.label("kuma.io/policy-role") == *role)
            .map_or(0, |at| at + 1)
    };
    kind(one).cmp(&kind(other)).then_with(|| naming(one, other, ways)).then(side(one).cmp(&side(other))).then(role(one).cmp(&role(other)))
}

fn naming(one: &Written, other: &Written, ways: &[&str]) -> Ordering {
    let (Some(mine), Some(theirs)) = (way(one), way(other)) else { return Ordering::Equal };
    if ["all", "labels", "name"].iter().all(|way| ways.contains(way)) {
        let order = [[("labels", false), ("all", false)], [("labels", true); 2], [("name", false); 2], [("name", true), ("all", true)]];
        let place = |way| order.iter().position(|equal| equal.contains(&way));
        return place(mine).cmp(&place(theirs));
    }
    match (mine.0, theirs.0) {
        ("name", "labels") => Ordering::Greater,
        ("labels", "name") => Ordering::Less,
        _ => mine.1.cmp(&theirs.1),
    }
}
