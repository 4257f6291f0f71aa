//! Whether a policy is for a proxy, and for which of its inbounds (Kuma 2.14.3).
use super::{
    items::Policy,
    order::Role,
    place::Place,
    proxy::{Gateway, InboundAddress, Proxy},
    target_ref::{Target, Which},
};
use crate::resource::{Origin as Side, labels};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a policy is for a proxy.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    No,
    /// It is; of what it receives it is about these. A gateway that brings its own software is selected without.
    Selected(BTreeSet<InboundAddress>),
    /// Its route cannot be found.
    Unresolved(String),
}

/// Whether `policy` is for `proxy`. `route` finds a route by the name that its author gave it.
pub(super) fn outcome<'a>(policy: &Policy, proxy: &Proxy, route: impl Fn(&str) -> Option<&'a Policy>) -> Outcome {
    let selected = |policy| selection(policy, proxy).map_or(Outcome::No, Outcome::Selected);
    match &policy.target {
        Target::Route(name) if is_at_home(policy, proxy) => match route(name) {
            // A route cannot be for another route.
            Some(route) => selected(route),
            None => {
                let mesh = policy.key.mesh.as_ref().map_or("", |mesh| mesh.as_str());
                let who = format!("mesh:{mesh} name:{}", policy.key.name);
                let why = format!("couldn't resolve MeshHTTPRoute targetRef with name '{name}'");
                Outcome::Unresolved(format!("unable to resolve TargetRef on policy: {who} error:{why:?}"))
            }
        },
        _ => selected(policy),
    }
}

fn is_at_home(policy: &Policy, proxy: &Proxy) -> bool {
    is_of_its_zone(policy, proxy) && is_of_its_namespace(policy, proxy)
}

/// A policy of a zone is for proxies of that zone, unless it is for the clients of its service.
fn is_of_its_zone(policy: &Policy, proxy: &Proxy) -> bool {
    let is_of_a_zone = policy.side == Some(Side::Zone) && !policy.zone.is_empty();
    let has_no_side = proxy.label(labels::ORIGIN).is_empty() || proxy.side == Some(Side::Global);
    let is_there = proxy.side == Some(Side::Zone) && (proxy.zone().is_empty() || proxy.zone() == policy.zone);
    policy.role == Role::Producer || has_no_side || !is_of_a_zone || is_there
}

fn is_of_its_namespace(policy: &Policy, proxy: &Proxy) -> bool {
    match policy.role {
        Role::System | Role::Producer => true,
        Role::Consumer | Role::WorkloadOwner => !policy.namespace.is_empty() && policy.namespace == proxy.label(labels::NAMESPACE),
    }
}

fn selection(policy: &Policy, proxy: &Proxy) -> Option<BTreeSet<InboundAddress>> {
    if !is_at_home(policy, proxy) {
        return None;
    }
    let is_delegated = matches!(proxy.gateway, Some(Gateway::Delegated(_)));
    // What holds for a builtin gateway depends on its `MeshGateway`, of which nothing is known here.
    let is_builtin = matches!(proxy.gateway, Some(Gateway::Builtin));
    let all = |is_it: &dyn Fn(&str) -> bool| -> BTreeSet<InboundAddress> {
        let inbounds = proxy.inbounds.iter().chain(&proxy.listeners);
        inbounds.filter(|inbound| is_it(&inbound.section)).map(|inbound| inbound.at.clone()).collect()
    };
    let (inbounds, gateway) = match &policy.target {
        Target::Mesh(types) if types.allow(proxy.gateway.is_some()) => (all(&|_| true), is_delegated),
        Target::Dataplane(which, section) if !is_builtin && is_meant(which, proxy) => {
            (all(&|of| section.as_ref().is_none_or(|section| section == of)), is_delegated)
        }
        Target::Tags(tags, types) if types.allow(proxy.gateway.is_some()) => {
            let found = proxy.inbounds.iter().filter(|inbound| carries(&inbound.tags, tags)).map(|inbound| inbound.at.clone()).collect();
            (found, matches!(&proxy.gateway, Some(Gateway::Delegated(own)) if carries(own, tags)))
        }
        _ => return None,
    };
    (gateway || !inbounds.is_empty()).then_some(inbounds)
}

fn is_meant(which: &Which, proxy: &Proxy) -> bool {
    match which {
        Which::All => true,
        Which::Named(kri) => proxy.kri == *kri,
        Which::Labelled(wanted) => wanted.iter().all(|(label, value)| proxy.labels.get(label) == Some(value)),
        Which::Nothing => false,
    }
}

fn carries(tags: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(tag, value)| tags.get(tag).is_some_and(|own| value == "*" || own == value))
}

/// Where a policy looks for proxies: of the places where all of them must be, the one with the fewest.
pub(super) fn place(policy: &Policy, count: impl Fn(&Place) -> usize) -> Place {
    let label = |(label, value): (&String, &String)| Place::Label(label.clone(), value.clone());
    let mut places: Vec<Place> = match &policy.target {
        Target::Dataplane(Which::Named(kri), _) => vec![Place::Named(kri.clone())],
        Target::Dataplane(Which::Labelled(labels), _) => labels.iter().map(label).collect(),
        Target::Tags(tags, _) => tags.iter().map(tag_place).collect(),
        Target::Dataplane(Which::Nothing, _) | Target::Gateway => vec![Place::Nowhere],
        Target::Mesh(_) | Target::Dataplane(Which::All, _) | Target::Route(_) => Vec::new(),
    };
    if matches!(policy.role, Role::Consumer | Role::WorkloadOwner) {
        let nowhere = policy.namespace.is_empty().then_some(Place::Nowhere);
        places.push(nowhere.unwrap_or_else(|| label((&labels::NAMESPACE.to_owned(), &policy.namespace))));
    }
    places.into_iter().min_by_key(|place| count(place)).unwrap_or(Place::Mesh)
}

fn tag_place((tag, value): (&String, &String)) -> Place {
    if value == "*" { Place::HasTag(tag.clone()) } else { Place::Tag(tag.clone(), value.clone()) }
}
