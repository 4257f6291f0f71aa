//! Who claims which name, and who has it.
use super::{
    ServiceId,
    generator::{self, Generator, Generators, Rank},
};
use crate::resource::{Key, MeshName, Resource, ZoneName};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The names of all services that a zone knows.
///
/// Of several services that claim one name in a mesh one has it: the claim of the generator that counts for more, then the first by
/// mesh, kind, zone and name. Each instance of a zone decides alike, also after a resync.
#[derive(Debug)]
pub struct Names {
    here: ZoneName,
    services: BTreeMap<ServiceId, Service>,
    /// Which service a resource describes.
    described: BTreeMap<Key, ServiceId>,
    defaults: Vec<Generator>,
    generators: Generators,
    /// The names of users' generators, also of those that are about other services, and whose they are: a default of such a name is replaced.
    replaced: BTreeMap<String, BTreeSet<Key>>,
    claims: BTreeMap<Name, BTreeSet<(Rank, ServiceId)>>,
}

type Name = (MeshName, String);

#[derive(Debug, Default)]
struct Service {
    /// Mostly one. Of several the first counts.
    resources: BTreeMap<Key, Arc<Resource>>,
    claims: BTreeSet<(String, Rank)>,
}

/// What became different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameChange {
    /// A service is there.
    Arrived(ServiceId),
    /// A service is no more.
    Left(ServiceId),
    /// A name leads to this service, or to none any more.
    Named {
        /// In which mesh.
        mesh: MeshName,
        /// The name, in lower case, without a dot at its end.
        name: String,
        /// Which service has it.
        service: Option<ServiceId>,
    },
}

impl Names {
    /// Nothing has a name yet, seen from this zone.
    pub fn new(here: ZoneName) -> Self {
        Self {
            here,
            services: BTreeMap::new(),
            described: BTreeMap::new(),
            defaults: generator::defaults().collect(),
            generators: BTreeMap::new(),
            replaced: BTreeMap::new(),
            claims: BTreeMap::new(),
        }
    }

    /// Takes over what is held now of these keys: the resource, or nothing. Says what became different, services first.
    pub fn apply<'a>(&mut self, changes: impl IntoIterator<Item = (&'a Key, Option<&'a Arc<Resource>>)>) -> Vec<NameChange> {
        let mut affected = BTreeSet::new();
        let mut arrivals = BTreeMap::new();
        let mut all = false;
        for (key, resource) in changes {
            if generator::is_one(&key.kind) {
                all |= self.generator(key, resource);
                continue;
            }
            if let Some(before) = self.described.remove(key) {
                self.undescribed(&before, key, &mut arrivals);
                affected.insert(before);
            }
            if let Some((resource, service)) = resource.and_then(|resource| Some((resource, ServiceId::of(resource, &self.here)?))) {
                arrivals.entry(service.clone()).or_insert_with(|| self.services.contains_key(&service));
                self.services.entry(service.clone()).or_default().resources.insert(key.clone(), Arc::clone(resource));
                self.described.insert(key.clone(), service.clone());
                affected.insert(service);
            }
        }
        if all {
            affected.extend(self.services.keys().cloned());
        }
        let mut named = BTreeMap::new();
        for service in &affected {
            self.claim(service, &mut named);
        }
        let of_services = arrivals.into_iter().filter_map(|(service, was)| match (was, self.services.contains_key(&service)) {
            (false, true) => Some(NameChange::Arrived(service)),
            (true, false) => Some(NameChange::Left(service)),
            _ => None,
        });
        let mut changes: Vec<_> = of_services.collect();
        for ((mesh, name), before) in named {
            let now = self.claims.get(&(mesh.clone(), name.clone())).and_then(|claims| claims.first()).map(|(_, service)| service.clone());
            if now != before {
                changes.push(NameChange::Named { mesh, name, service: now });
            }
        }
        changes
    }

    /// All names, and to which service of which mesh each leads.
    pub fn all(&self) -> impl Iterator<Item = (&MeshName, &str, &ServiceId)> {
        self.claims.iter().filter_map(|((mesh, name), claims)| Some((mesh, name.as_str(), &claims.first()?.1)))
    }

    fn undescribed(&mut self, service: &ServiceId, key: &Key, arrivals: &mut BTreeMap<ServiceId, bool>) {
        arrivals.entry(service.clone()).or_insert(true);
        // Until its claims are taken back, it stays, empty.
        if let Some(described) = self.services.get_mut(service) {
            described.resources.remove(key);
        }
    }

    /// Whether names may have changed by it.
    fn generator(&mut self, key: &Key, resource: Option<&Arc<Resource>>) -> bool {
        let before = self.generators.remove(key).is_some();
        let mut replaced = false;
        self.replaced.retain(|_, by| {
            replaced |= by.remove(key);
            !by.is_empty()
        });
        if let Some(name) = resource.and_then(|resource| generator::replaces(resource)) {
            replaced |= self.replaced.entry(name.to_owned()).or_default().insert(key.clone());
        }
        let after = resource.and_then(|resource| Generator::of(resource));
        let is_one = after.is_some();
        self.generators.extend(after.map(|generator| (key.clone(), generator)));
        before || is_one || replaced
    }

    /// Makes the claims of a service what they are to be. `named`: who had each name that this is about.
    fn claim(&mut self, id: &ServiceId, named: &mut BTreeMap<Name, Option<ServiceId>>) {
        let Some(service) = self.services.get_mut(id) else {
            return;
        };
        let claims: BTreeSet<(String, Rank)> = match service.resources.values().next() {
            Some(resource) => {
                let defaults = self.defaults.iter().filter(|default| !self.replaced.contains_key(default.rank.name()));
                let generators = self.generators.values().chain(defaults);
                generators
                    .filter_map(|generator| {
                        Some((generator.name(resource, id.zone.as_ref().map_or("", ZoneName::as_str))?, generator.rank.clone()))
                    })
                    .collect()
            }
            None => BTreeSet::new(),
        };
        let before = std::mem::replace(&mut service.claims, claims.clone());
        if service.resources.is_empty() {
            self.services.remove(id);
        }
        for (name, rank) in before.symmetric_difference(&claims) {
            let at = (id.mesh.clone(), name.clone());
            let claimants = self.claims.entry(at.clone()).or_default();
            named.entry(at.clone()).or_insert_with(|| claimants.first().map(|(_, service)| service.clone()));
            let claim = (rank.clone(), id.clone());
            if !claimants.remove(&claim) {
                claimants.insert(claim);
            }
            if claimants.is_empty() {
                self.claims.remove(&at);
            }
        }
    }
}
