//! What holds for the traffic that a proxy sends, by destination (Kuma 2.14.3).
//!
//! There is one rule for each destination, or part of one, that an item is for; what is for the whole mesh is already in it. Others have
//! no rule of their own: [`super::Resolved::towards`] looks one up.
use super::{
    destination::{Destinations, Part},
    items::{Policy, ToItem},
    kind::ToItems,
    merge::{Contribution, origins},
    order,
    resolved::ToRule,
    target_ref::Target,
};
use std::collections::{BTreeMap, BTreeSet};

/// The rules, of sorted policies.
pub(super) fn to_rules(kind: &ToItems, policies: &[&Policy], destinations: &Destinations) -> Vec<ToRule> {
    // What is said of a route at the top counts by service tag, the older way, which is left out.
    let policies: Vec<&Policy> = policies.iter().copied().filter(|policy| !matches!(policy.target, Target::Route(_))).collect();
    let items = order::to_items(&policies);
    let mut general: Vec<(usize, &ToItem)> = Vec::new();
    let mut of_parts: BTreeMap<Part, Vec<(usize, &ToItem)>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let parts = destinations.find(&item.wanted);
        if item.wanted.is_mesh() && !parts.is_empty() {
            general.push((index, item));
        }
        for part in parts {
            of_parts.entry(part).or_default().push((index, item));
        }
    }
    let rule = |part: &Part| {
        let whole = (part.0.clone(), String::new());
        let said =
            [Some(part), (part.1 != whole.1).then_some(&whole)].into_iter().flatten().filter_map(|part| of_parts.get(part)).flatten();
        let mut meant: Vec<(usize, &ToItem)> = general.iter().chain(said).copied().collect();
        // An item for the mesh stands in both.
        meant.sort_by_key(|(index, _)| *index);
        meant.dedup_by_key(|(index, _)| *index);
        let confs: Vec<_> = meant.into_iter().map(|(_, item)| Contribution { conf: &item.conf, origin: &item.origin }).collect();
        ToRule { destination: part.0.clone(), section: part.1.clone(), confs: (kind.merge)(&confs), origins: origins(&confs) }
    };
    of_parts.keys().collect::<BTreeSet<_>>().into_iter().map(rule).collect()
}
