//! All policies, and all that they are for.
use super::{
    KINDS, PolicyKind,
    destination::{self, Destination, Destinations, Spot, Wanted},
    from_rules::from_rules,
    inbound_rules::{Selected, inbound_rules},
    items::Policy,
    kind::FromItems,
    matching::{self, Outcome, outcome},
    order,
    place::{Place, Places},
    proxy::{Gateway, InboundAddress, Proxy},
    resolved::{FromRule, Resolved},
    target_ref::Target,
    to_rules::to_rules,
};
use crate::resource::{
    Key, Kind, Kri, MeshName, Resource, ResourceName,
    model::{TargetRef, Violation},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const ROUTE: &str = "MeshHTTPRoute";

/// What holds for every proxy, of every mesh that is known here.
#[derive(Debug, Default)]
pub struct PolicyIndex {
    meshes: BTreeMap<MeshName, Mesh>,
    unreadable: BTreeMap<Key, Vec<Violation>>,
}

/// Why a policy is left out; empty: it can be read.
pub(crate) fn unreadable(resource: &Resource, kind: &'static PolicyKind) -> Vec<Violation> {
    Policy::of(resource, kind).err().unwrap_or_default()
}

/// Whose policies may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// The proxies, and of which kinds. Whoever is not named here has the policies that it had.
    pub proxies: BTreeMap<Key, BTreeSet<&'static str>>,
    /// How often a policy was compared with a proxy: what the changes cost.
    pub compared: usize,
}

/// One mesh.
#[derive(Debug, Default)]
struct Mesh {
    proxies: BTreeMap<ResourceName, (Key, Proxy)>,
    proxies_at: Places<Place, ResourceName>,
    destinations: Destinations,
    kinds: BTreeMap<&'static str, OfKind>,
    /// Routes by the names that their authors gave them.
    routes: Places<String, ResourceName>,
}

/// The policies of one kind.
#[derive(Debug, Default)]
struct OfKind {
    policies: BTreeMap<ResourceName, Standing>,
    at: Places<Place, ResourceName>,
    items_at: Places<Spot, ResourceName>,
    /// Those for the proxies of a route, by its name.
    of_routes: Places<String, ResourceName>,
}

/// A policy, and where it stands.
#[derive(Debug)]
struct Standing {
    policy: Policy,
    place: Place,
}

impl PolicyIndex {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over what is held now of these keys: the resource, or nothing. Of kinds that have nothing to do with policies nothing is taken.
    pub fn apply<'a>(&mut self, changes: impl IntoIterator<Item = (&'a Key, Option<&'a Arc<Resource>>)>) -> Affected {
        let mut affected = Affected::default();
        for (key, resource) in changes {
            let mesh = if key.kind == Kind::mesh() { MeshName::new(key.name.as_str()).ok() } else { key.mesh.clone() };
            if let Some(mesh) = mesh {
                self.unreadable.remove(key);
                self.take(mesh, key, resource.map(Arc::as_ref), &mut affected);
            }
        }
        affected
    }

    fn take(&mut self, name: MeshName, key: &Key, resource: Option<&Resource>, affected: &mut Affected) {
        let mut unreadable = Vec::new();
        let mesh = self.meshes.entry(name.clone()).or_default();
        if key.kind == Kind::dataplane() {
            mesh.put_proxy(key, readable(resource.map(Proxy::of), &mut unreadable), affected);
        }
        if destination::is_one(&key.kind) {
            mesh.put_destination(key, readable(resource.map(Destination::of), &mut unreadable), affected);
        }
        if let Some(kind) = PolicyKind::named(key.kind.as_str()) {
            mesh.put_policy(kind, key, readable(resource.map(|resource| Policy::of(resource, kind)), &mut unreadable), affected);
        }
        if mesh.is_empty() {
            self.meshes.remove(&name);
        }
        if !unreadable.is_empty() {
            self.unreadable.insert(key.clone(), unreadable);
        }
    }

    /// What cannot be read, and so is left out; and why.
    pub fn unreadable(&self) -> &BTreeMap<Key, Vec<Violation>> {
        &self.unreadable
    }

    /// What policies of a kind come to for a proxy; `None`: there is no such proxy.
    pub fn resolve(&self, mesh: &MeshName, dataplane: &ResourceName, kind: &'static PolicyKind) -> Option<Resolved> {
        self.resolve_those(mesh, dataplane, kind, |policy| !policy.is_shadow)
    }

    /// What they would come to if those were in effect that are only shown (label `kuma.io/effect: shadow`).
    pub fn resolve_with_shadows(&self, mesh: &MeshName, dataplane: &ResourceName, kind: &'static PolicyKind) -> Option<Resolved> {
        self.resolve_those(mesh, dataplane, kind, |_| true)
    }

    /// What a reference in a policy means: destinations, each with the part of it that is meant; empty: all of it. Names are looked up where
    /// the policy was written.
    pub fn destinations(&self, policy: &Key, target: &TargetRef) -> BTreeSet<(Kri, String)> {
        let found = policy.mesh.as_ref().and_then(|mesh| {
            let home = self.meshes.get(mesh)?;
            let policy = &home.kinds.get(policy.kind.as_str())?.policies.get(&policy.name)?.policy;
            Some(home.destinations.find(&Wanted::of(target, (mesh, &policy.zone, &policy.namespace))))
        });
        found.unwrap_or_default()
    }

    /// By which identifier others name a service or a route that is known here.
    pub fn kri(&self, key: &Key) -> Option<&Kri> {
        self.meshes.get(key.mesh.as_ref()?)?.destinations.kri(key)
    }

    fn resolve_those(
        &self,
        mesh: &MeshName,
        dataplane: &ResourceName,
        kind: &'static PolicyKind,
        counts: impl Fn(&Policy) -> bool,
    ) -> Option<Resolved> {
        let mesh = self.meshes.get(mesh)?;
        let (_, proxy) = mesh.proxies.get(dataplane)?;
        let mut warnings = BTreeSet::new();
        if proxy.gateway == Some(Gateway::Builtin) {
            warnings.insert("what holds for a gateway that the mesh configures (`type: BUILTIN`) is not resolved".to_owned());
        }
        let mut selected: BTreeMap<&Key, Selected<'_>> = BTreeMap::new();
        for policy in mesh.policies_near(proxy, kind).filter(|policy| counts(policy)) {
            match outcome(policy, proxy, |name| mesh.route(name)) {
                Outcome::Selected(inbounds) => _ = selected.insert(&policy.key, (policy, inbounds)),
                Outcome::Unresolved(why) => _ = warnings.insert(why),
                Outcome::No => {}
            }
        }
        let mut policies: Vec<&Policy> = selected.values().map(|(policy, _)| *policy).collect();
        order::sort(&mut policies);
        let selected: Vec<Selected<'_>> = policies.iter().filter_map(|policy| selected.remove(&policy.key)).collect();
        let addresses: BTreeSet<InboundAddress> = selected.iter().flat_map(|(_, inbounds)| inbounds).cloned().collect();
        let inbounds = kind.inbound.as_ref().map(|items| {
            addresses.iter().map(|address| (address.clone(), inbound_rules(items, &selected, address))).collect::<BTreeMap<_, _>>()
        });
        let from = (kind.from_items() == Some(FromItems::AreSubsets)).then(|| {
            let rules = |address: &InboundAddress| (address.clone(), rules_from(&selected, address, &mut warnings));
            addresses.iter().map(rules).collect::<BTreeMap<_, _>>()
        });
        Some(Resolved {
            kind: kind.name,
            matched: policies.iter().map(|policy| policy.key.clone()).collect(),
            inbounds,
            from,
            to: kind.to.as_ref().map(|items| to_rules(items, &policies, &mesh.destinations)),
            warnings: warnings.into_iter().collect(),
        })
    }
}

fn rules_from(selected: &[Selected<'_>], address: &InboundAddress, warnings: &mut BTreeSet<String>) -> Vec<FromRule> {
    let items: Vec<_> = selected.iter().filter(|(_, inbounds)| inbounds.contains(address)).flat_map(|(policy, _)| &policy.from).collect();
    from_rules(&items).unwrap_or_else(|_| {
        warnings.insert(format!("{}:{}: `from` has too many combinations of tags, and is left out", address.0, address.1));
        Vec::new()
    })
}

fn readable<T>(read: Option<Result<T, Vec<Violation>>>, unreadable: &mut Vec<Violation>) -> Option<T> {
    read?.map_err(|why| unreadable.extend(why)).ok()
}

impl Mesh {
    fn is_empty(&self) -> bool {
        self.proxies.is_empty() && self.destinations.is_empty() && self.kinds.values().all(|of_kind| of_kind.policies.is_empty())
    }

    fn put_proxy(&mut self, key: &Key, proxy: Option<Proxy>, affected: &mut Affected) {
        let before = self.proxies.get(&key.name).map(|(_, proxy)| proxy);
        if before == proxy.as_ref() {
            return;
        }
        if let Some(before) = before {
            self.proxies_at.remove(&key.name, &before.places());
            self.proxies.remove(&key.name);
        }
        if let Some(proxy) = proxy {
            self.proxies_at.add(&key.name, &proxy.places());
            self.proxies.insert(key.name.clone(), (key.clone(), proxy));
        }
        affected.proxies.entry(key.clone()).or_default().extend(KINDS.iter().map(|kind| kind.name));
    }

    fn put_destination(&mut self, key: &Key, destination: Option<Destination>, affected: &mut Affected) {
        let spots = self.destinations.put(key, destination);
        for (kind, of_kind) in &self.kinds {
            let asking: BTreeSet<&ResourceName> = spots.iter().flat_map(|spot| of_kind.items_at.at(spot)).collect();
            asking.into_iter().for_each(|name| self.touch(kind, name, affected));
        }
    }

    fn put_policy(&mut self, kind: &'static PolicyKind, key: &Key, policy: Option<Policy>, affected: &mut Affected) {
        let before = self.kinds.get(kind.name).and_then(|of_kind| of_kind.policies.get(&key.name)).map(|standing| &standing.policy);
        if before == policy.as_ref() {
            return;
        }
        let routes = [before, policy.as_ref()].into_iter().flatten().filter(|_| kind.name == ROUTE);
        let routes: BTreeSet<String> = routes.map(|policy| policy.display_name.clone()).collect();
        self.touch(kind.name, &key.name, affected);
        self.touch_those_of_routes(&routes, affected);
        let place = policy.as_ref().map(|policy| matching::place(policy, |place| self.proxies_at.count(place)));
        let of_kind = self.kinds.entry(kind.name).or_default();
        if let Some(gone) = of_kind.policies.remove(&key.name) {
            of_kind.stand(&gone, Places::remove, Places::remove, Places::remove);
            if kind.name == ROUTE {
                self.routes.remove(&key.name, &[gone.policy.display_name].into());
            }
        }
        if let (Some(policy), Some(place)) = (policy, place) {
            if kind.name == ROUTE {
                self.routes.add(&key.name, &[policy.display_name.clone()].into());
            }
            let standing = Standing { policy, place };
            of_kind.stand(&standing, Places::add, Places::add, Places::add);
            of_kind.policies.insert(key.name.clone(), standing);
        }
        self.touch(kind.name, &key.name, affected);
        self.touch_those_of_routes(&routes, affected);
    }

    /// Notes the proxies that a policy is for, as it is now.
    fn touch(&self, kind: &'static str, name: &ResourceName, affected: &mut Affected) {
        let Some(standing) = self.kinds.get(kind).and_then(|of_kind| of_kind.policies.get(name)) else { return };
        for (key, proxy) in self.proxies_at.at(&standing.place).filter_map(|name| self.proxies.get(name)) {
            affected.compared += 1;
            if outcome(&standing.policy, proxy, |name| self.route(name)) != Outcome::No {
                affected.proxies.entry(key.clone()).or_default().insert(kind);
            }
        }
    }

    fn touch_those_of_routes(&self, routes: &BTreeSet<String>, affected: &mut Affected) {
        for (kind, of_kind) in &self.kinds {
            let theirs = routes.iter().flat_map(|route| of_kind.of_routes.at(route));
            theirs.for_each(|name| self.touch(kind, name, affected));
        }
    }

    /// The policies that stand where this proxy does; each stands at one place.
    fn policies_near(&self, proxy: &Proxy, kind: &PolicyKind) -> impl Iterator<Item = &Policy> {
        let of_kind = self.kinds.get(kind.name);
        proxy.places().into_iter().flat_map(move |place| {
            let there = of_kind.into_iter().flat_map(move |of_kind| of_kind.at.at(&place).collect::<Vec<_>>());
            there.filter_map(move |name| Some(&of_kind?.policies.get(name)?.policy))
        })
    }

    /// The route that its author called so. Of several the first by its name here.
    fn route(&self, name: &str) -> Option<&Policy> {
        let first = self.routes.at(&name.to_owned()).next()?;
        Some(&self.kinds.get(ROUTE)?.policies.get(first)?.policy)
    }
}

type Move<P> = fn(&mut Places<P, ResourceName>, &ResourceName, &BTreeSet<P>);

impl OfKind {
    /// Brings a policy to its places, or away from them.
    fn stand(&mut self, standing: &Standing, place: Move<Place>, spot: Move<Spot>, route: Move<String>) {
        let Standing { policy, place: at } = standing;
        place(&mut self.at, &policy.key.name, &[at.clone()].into());
        spot(&mut self.items_at, &policy.key.name, &policy.to.iter().filter_map(|item| item.wanted.spot()).collect());
        let of_route = match &policy.target {
            Target::Route(name) => Some(name.clone()),
            _ => None,
        };
        route(&mut self.of_routes, &policy.key.name, &of_route.into_iter().collect());
    }
}
