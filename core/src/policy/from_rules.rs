//! What `from` comes to for one inbound: a list of disjoint sets of clients, each with its conf, of which a client takes the first that it is
//! in (Kuma 2.14.3; gone in 3.0).
//!
//! Items that some client may be in together form groups: the maximal cliques of "may be met together". In each group every combination of
//! its tags, carried or not, is a set of its own, for which all items count that contain it.
use super::{
    items::FromItem,
    merge::{Contribution, merge},
    resolved::FromRule,
    subset::{Clients, Subset, Tag},
};
use std::collections::{BTreeMap, BTreeSet};

/// Beyond these, rules are not built: how many there are grows as two to the power of the tags, as in Kuma.
const MOST_DIFFERENT: usize = 256;
const MOST_GROUPS: usize = 1000;
const MOST_TAGS: usize = 12;
/// Of all groups of an inbound together.
const MOST_RULES: usize = 1 << 14;

/// There are too many combinations of tags.
#[derive(Debug)]
pub(super) struct TooMany;

/// The rules of an inbound, of the items of its policies in ascending importance.
pub(super) fn from_rules(items: &[&FromItem]) -> Result<Vec<FromRule>, TooMany> {
    let (mut rules, mut looked_at) = (Vec::new(), 0);
    for group in groups(items)? {
        let subsets = combinations(&group)?;
        looked_at += subsets.len();
        if looked_at > MOST_RULES {
            return Err(TooMany);
        }
        for subset in subsets {
            let meant: Vec<_> = items
                .iter()
                .filter(|item| item.clients.contains(&subset))
                .map(|item| Contribution { conf: &item.conf, origin: &item.origin })
                .collect();
            if !meant.is_empty() {
                rules.push(FromRule { subset, merged: merge(&meant) });
            }
        }
    }
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.subset.positive()));
    Ok(rules)
}

/// Every combination of the tags of a group, in Kuma's order: as numbers whose first digit changes fastest, from the second on; the first,
/// where all tags are carried, comes last. Within a group a tag has one value, else its items could not be met together.
fn combinations(group: &[&Clients]) -> Result<Vec<Subset>, TooMany> {
    let tags: Vec<(&String, &String)> = group.iter().flat_map(|clients| &clients.0).collect::<BTreeSet<_>>().into_iter().collect();
    if tags.len() > MOST_TAGS {
        return Err(TooMany);
    }
    let all = 1usize << tags.len();
    let combination = |number: usize| {
        let tag = |(digit, (key, value)): (usize, &(&String, &String))| Tag {
            key: (*key).clone(),
            value: (*value).clone(),
            negated: number >> digit & 1 == 1,
        };
        Subset(tags.iter().enumerate().map(tag).collect())
    };
    Ok((1..=all).map(|number| combination(number % all)).collect())
}

/// The groups, by the numbers of their items, written one after the other, descending as texts: Kuma's order.
fn groups<'a>(items: &[&'a FromItem]) -> Result<Vec<Vec<&'a Clients>>, TooMany> {
    // Equal ones are always together.
    let mut different: BTreeMap<&Clients, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        different.entry(&item.clients).or_default().push(index);
    }
    if different.len() > MOST_DIFFERENT {
        return Err(TooMany);
    }
    let clients: Vec<&Clients> = different.keys().copied().collect();
    let mut search = Cliques { meets: meetings(&clients), found: Vec::new() };
    search.extend(&mut Vec::new(), (0..clients.len()).collect(), BTreeSet::new())?;
    let mut named: Vec<(String, Vec<&Clients>)> = search
        .found
        .into_iter()
        .map(|clique| {
            let members: BTreeSet<usize> = clique.iter().flat_map(|index| &different[clients[*index]]).copied().collect();
            let name = members.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
            (name, clique.into_iter().map(|index| clients[index]).collect())
        })
        .collect();
    named.sort_by(|(a, _), (b, _)| b.cmp(a));
    Ok(named.into_iter().map(|(_, group)| group).collect())
}

/// Of each, which others may be met together with it.
fn meetings(clients: &[&Clients]) -> Vec<BTreeSet<usize>> {
    let of = |index: usize| (0..clients.len()).filter(|other| *other != index && clients[index].meets(clients[*other])).collect();
    (0..clients.len()).map(of).collect()
}

/// Finds maximal cliques (Bron and Kerbosch, with a pivot).
struct Cliques {
    meets: Vec<BTreeSet<usize>>,
    found: Vec<Vec<usize>>,
}

impl Cliques {
    fn extend(&mut self, clique: &mut Vec<usize>, mut candidates: BTreeSet<usize>, mut done: BTreeSet<usize>) -> Result<(), TooMany> {
        if candidates.is_empty() && done.is_empty() {
            if clique.is_empty() {
                return Ok(());
            }
            if self.found.len() == MOST_GROUPS {
                return Err(TooMany);
            }
            self.found.push(clique.clone());
            return Ok(());
        }
        let pivot = candidates.union(&done).max_by_key(|index| self.meets[**index].intersection(&candidates).count()).copied();
        let next: Vec<usize> =
            candidates.iter().copied().filter(|index| pivot.is_none_or(|pivot| !self.meets[pivot].contains(index))).collect();
        for index in next {
            let meets = &self.meets[index];
            let (with, behind) = (&candidates & meets, &done & meets);
            clique.push(index);
            self.extend(clique, with, behind)?;
            clique.pop();
            candidates.remove(&index);
            done.insert(index);
        }
        Ok(())
    }
}
