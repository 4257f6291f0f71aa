//! Which of several policies counts for more: later ones override earlier ones (Kuma 2.14.3).
//!
//! First the kind of the top-level reference, then how exactly it names proxies, then the side it was written on (global, unknown, zone),
//! then the role, then the name, backwards: the smallest wins. What is equal then is told apart by the name in the store, backwards too,
//! where Kuma leaves it to chance.
use super::{
    items::{Policy, ToItem},
    target_ref::{self, given},
};
use crate::resource::{Origin as Side, Resource, labels, model::TargetRef};
use std::cmp::Reverse;

/// Who a policy is for, as its label says; without one, everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    System,
    Producer,
    Consumer,
    WorkloadOwner,
}

/// What the order of a policy depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rank {
    kind: u8,
    naming: Option<(Naming, bool)>,
    side: u8,
    role: Role,
    name: String,
}

/// How a reference to `Dataplane` says which; beside it, whether it names an inbound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    All,
    Labelled,
    Named,
}

impl Role {
    pub(super) fn of(label: &str) -> Self {
        match label {
            "producer" => Self::Producer,
            "consumer" => Self::Consumer,
            "workload-owner" => Self::WorkloadOwner,
            _ => Self::System,
        }
    }
}

impl Rank {
    pub(super) fn of(resource: &Resource, target: Option<&TargetRef>) -> Self {
        let naming = target.filter(|target| target.kind == "Dataplane").map(|target| {
            let is_labelled = target.labels.as_ref().is_some_and(|labels| !labels.is_empty());
            let naming = match given(target.name.as_ref()) {
                Some(_) => Naming::Named,
                None if is_labelled => Naming::Labelled,
                None => Naming::All,
            };
            (naming, given(target.section_name.as_ref()).is_some())
        });
        Self {
            kind: target_ref::rank(target.map_or("Mesh", |target| target.kind.as_str())).unwrap_or_default(),
            naming,
            side: match resource.origin() {
                Some(Side::Global) => 0,
                None => 1,
                Some(Side::Zone) => 2,
            },
            role: Role::of(resource.labels.get(labels::POLICY_ROLE).map_or("", String::as_str)),
            name: resource.display_name().to_owned(),
        }
    }
}

/// Sorts policies, the most important last.
pub(super) fn sort(policies: &mut [&Policy]) {
    let namings = Namings::of(policies.iter().map(|policy| &policy.rank));
    policies.sort_by_key(|policy| {
        let rank = &policy.rank;
        (rank.kind, namings.order(rank), rank.side, rank.role, Reverse((&rank.name, &policy.key.name)))
    });
}

/// The items of sorted policies for what a proxy sends, the most important last. The kind of what an item is for comes before the name of
/// its policy.
pub(super) fn to_items<'a>(policies: &[&'a Policy]) -> Vec<&'a ToItem> {
    let with_items = || policies.iter().filter(|policy| !policy.to.is_empty());
    let namings = Namings::of(with_items().map(|policy| &policy.rank));
    let mut items: Vec<_> = with_items().flat_map(|policy| policy.to.iter().map(|item| (&policy.rank, item))).collect();
    items.sort_by_key(|(rank, item)| (rank.kind, namings.order(rank), rank.side, rank.role, item.rank, Reverse(&rank.name)));
    items.into_iter().map(|(_, item)| item).collect()
}

/// Which ways of naming there are among the policies that are compared.
///
/// Kuma compares two by whether one has a name and the other labels, else by whether they name an inbound. With three ways among them that
/// goes round in a circle: by label < by name < all with an inbound, and all with an inbound = by label with one. There Strait holds to
/// what is strict in it, so that there is one order.
struct Namings {
    all: bool,
    labelled: bool,
    named: bool,
}

impl Namings {
    fn of<'a>(ranks: impl Iterator<Item = &'a Rank>) -> Self {
        let mut found = Self { all: false, labelled: false, named: false };
        for (naming, _) in ranks.filter_map(|rank| rank.naming) {
            match naming {
                Naming::All => found.all = true,
                Naming::Labelled => found.labelled = true,
                Naming::Named => found.named = true,
            }
        }
        found
    }

    fn order(&self, rank: &Rank) -> u8 {
        let Some((naming, has_section)) = rank.naming else { return 0 };
        let section = u8::from(has_section);
        match (naming, has_section) {
            _ if !self.all => 2 * u8::from(naming == Naming::Named) + section,
            _ if !(self.labelled && self.named) => section,
            (Naming::Labelled | Naming::All, false) => 0,
            (Naming::Labelled, true) => 1,
            (Naming::Named, false) => 2,
            (Naming::Named | Naming::All, true) => 3,
        }
    }
}
