//! The objects that are known, with what finds those that belong together: by labels, and by endpoints.
//!
//! A service is found by one pair of its selector, that under which fewest services are: pods that carry one label that all of them want are no
//! reason to look at all services. A selector finds pods by whichever of its pairs fewest of them carry.
use super::object::{Endpoint, EndpointSlice, Namespace, ObjectId, ObjectKind, ObjectName, Pod, Service, Texts};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A label with its value, in a namespace.
type Pair = (Arc<str>, String, String);

/// All objects.
#[derive(Debug, Default)]
pub(super) struct Index {
    namespaces: BTreeMap<ObjectName, Namespace>,
    services: BTreeMap<ObjectName, Service>,
    slices: BTreeMap<ObjectName, EndpointSlice>,
    pods: BTreeMap<ObjectName, Pod>,
    carriers: BTreeMap<Pair, BTreeSet<Arc<str>>>,
    wanting: BTreeMap<Pair, BTreeSet<Arc<str>>>,
    /// Under which pair each service is.
    chosen: BTreeMap<ObjectName, Pair>,
    /// By namespace, service, pod and slice.
    endpoints: BTreeMap<(ObjectName, Arc<str>, Arc<str>), Endpoint>,
    /// The services of which a pod is an endpoint, and by which slice.
    endpoint_of: BTreeSet<(ObjectName, Arc<str>, Arc<str>)>,
    /// How many objects were looked at.
    looked: AtomicU64,
}

impl Index {
    /// How many objects were looked at, ever: what work costs.
    pub(super) fn looked(&self) -> u64 {
        self.looked.load(Ordering::Relaxed)
    }

    fn look<'a, T>(&self, found: Option<&'a T>) -> Option<&'a T> {
        self.looked.fetch_add(u64::from(found.is_some()), Ordering::Relaxed);
        found
    }

    pub(super) fn namespace(&self, name: &Arc<str>) -> Option<&Namespace> {
        self.look(self.namespaces.get(&ObjectName { namespace: "".into(), name: Arc::clone(name) }))
    }

    pub(super) fn service(&self, name: &ObjectName) -> Option<&Service> {
        self.look(self.services.get(name))
    }

    pub(super) fn pod(&self, name: &ObjectName) -> Option<&Pod> {
        self.look(self.pods.get(name))
    }

    pub(super) fn pod_names_in<'a>(&'a self, namespace: &Arc<str>) -> impl Iterator<Item = &'a ObjectName> {
        names_in(&self.pods, namespace)
    }

    pub(super) fn service_names_in<'a>(&'a self, namespace: &Arc<str>) -> impl Iterator<Item = &'a ObjectName> {
        names_in(&self.services, namespace)
    }

    /// The version in which an object is held.
    pub(super) fn version(&self, id: &ObjectId) -> Option<u64> {
        match id.kind {
            ObjectKind::Namespace => self.namespaces.get(&id.name).map(|held| held.meta.version),
            ObjectKind::Service => self.services.get(&id.name).map(|held| held.meta.version),
            ObjectKind::EndpointSlice => self.slices.get(&id.name).map(|held| held.meta.version),
            ObjectKind::Pod => self.pods.get(&id.name).map(|held| held.meta.version),
            ObjectKind::ConfigMap | ObjectKind::Custom(_) => None,
        }
    }

    /// Whatever comes of a kind from now on is newer than what is held.
    pub(super) fn forget_versions(&mut self, kind: ObjectKind) {
        match kind {
            ObjectKind::Namespace => self.namespaces.values_mut().for_each(|held| held.meta.version = 0),
            ObjectKind::Service => self.services.values_mut().for_each(|held| held.meta.version = 0),
            ObjectKind::EndpointSlice => self.slices.values_mut().for_each(|held| held.meta.version = 0),
            ObjectKind::Pod => self.pods.values_mut().for_each(|held| held.meta.version = 0),
            ObjectKind::ConfigMap | ObjectKind::Custom(_) => {}
        }
    }

    /// All objects of a kind.
    pub(super) fn names(&self, kind: ObjectKind) -> Vec<ObjectName> {
        match kind {
            ObjectKind::Namespace => self.namespaces.keys().cloned().collect(),
            ObjectKind::Service => self.services.keys().cloned().collect(),
            ObjectKind::EndpointSlice => self.slices.keys().cloned().collect(),
            ObjectKind::Pod => self.pods.keys().cloned().collect(),
            ObjectKind::ConfigMap | ObjectKind::Custom(_) => Vec::new(),
        }
    }

    /// Takes over a namespace, or that it is gone. Gives back what it was.
    pub(super) fn put_namespace(&mut self, name: &ObjectName, namespace: Option<Namespace>) -> Option<Namespace> {
        match namespace {
            Some(namespace) => self.namespaces.insert(name.clone(), namespace),
            None => self.namespaces.remove(name),
        }
    }

    /// Takes over a pod, or that it is gone. Gives back what it was.
    pub(super) fn put_pod(&mut self, name: &ObjectName, pod: Option<Pod>) -> Option<Pod> {
        let nothing = Texts::new();
        let before = self.pods.remove(name);
        let (old, new) = (before.as_ref().map_or(&nothing, |pod| &pod.meta.labels), pod.as_ref().map_or(&nothing, |pod| &pod.meta.labels));
        for (label, value) in old.iter().filter(|(label, value)| new.get(*label) != Some(*value)) {
            take_out(&mut self.carriers, pair(name, label, value), &name.name);
        }
        for (label, value) in new.iter().filter(|(label, value)| old.get(*label) != Some(*value)) {
            self.carriers.entry(pair(name, label, value)).or_default().insert(Arc::clone(&name.name));
        }
        self.pods.extend(pod.map(|pod| (name.clone(), pod)));
        before
    }

    /// Takes over a service, or that it is gone. Gives back what it was.
    pub(super) fn put_service(&mut self, name: &ObjectName, service: Option<Service>) -> Option<Service> {
        let before = self.services.remove(name);
        let selects = |service: &Option<Service>| service.as_ref().map(|service| service.selector.clone()).unwrap_or_default();
        let (old, new) = (selects(&before), selects(&service));
        if old != new {
            if let Some(pair) = self.chosen.remove(name) {
                take_out(&mut self.wanting, pair, &name.name);
            }
            let pairs = new.iter().map(|(label, value)| pair(name, label, value));
            let fewest = pairs.min_by_key(|pair| self.wanting.get(pair).map_or(0, BTreeSet::len));
            if let Some(pair) = fewest {
                self.wanting.entry(pair.clone()).or_default().insert(Arc::clone(&name.name));
                self.chosen.insert(name.clone(), pair);
            }
        }
        self.services.extend(service.map(|service| (name.clone(), service)));
        before
    }

    /// Takes over a slice, or that it is gone. Gives back which endpoints are different: of which service, which pod.
    pub(super) fn put_slice(&mut self, name: &ObjectName, slice: Option<EndpointSlice>) -> BTreeSet<(ObjectName, Arc<str>)> {
        let before = self.slices.remove(name);
        let old = before.as_ref().map(|slice| self.of_slice(name, slice)).unwrap_or_default();
        let new = slice.as_ref().map(|slice| self.of_slice(name, slice)).unwrap_or_default();
        let mut different = BTreeSet::new();
        for (key, _) in old.iter().filter(|(key, _)| !new.contains_key(*key)) {
            self.endpoints.remove(key);
            self.endpoint_of.remove(&of_pod(key));
            different.insert((key.0.clone(), Arc::clone(&key.1)));
        }
        for (key, endpoint) in new {
            if old.get(&key) != Some(&endpoint) {
                different.insert((key.0.clone(), Arc::clone(&key.1)));
                self.endpoint_of.insert(of_pod(&key));
                self.endpoints.insert(key, endpoint);
            }
        }
        self.slices.extend(slice.map(|slice| (name.clone(), slice)));
        different
    }

    fn of_slice(&self, name: &ObjectName, slice: &EndpointSlice) -> BTreeMap<(ObjectName, Arc<str>, Arc<str>), Endpoint> {
        let Some(service) = &slice.service else { return BTreeMap::new() };
        let service = ObjectName { namespace: Arc::clone(&name.namespace), name: Arc::clone(service) };
        let one = |(pod, endpoint): (&Arc<str>, &Endpoint)| ((service.clone(), Arc::clone(pod), Arc::clone(&name.name)), endpoint.clone());
        slice.pods.iter().map(one).collect()
    }

    /// The services that select a pod, by their selectors or by their endpoints; sorted by their names.
    pub(super) fn selecting(&self, pod: &Pod) -> Vec<&Service> {
        let name = &pod.meta.name;
        let mut found: BTreeMap<&Arc<str>, &Service> = BTreeMap::new();
        for (label, value) in &pod.meta.labels {
            let wanting = self.wanting.get(&pair(name, label, value)).into_iter().flatten();
            let services = wanting.filter_map(|service| self.service(&in_namespace_of(name, service)));
            found.extend(services.filter(|service| carries(pod, &service.selector)).map(|service| (&service.meta.name.name, service)));
        }
        for (service, endpoint) in self.endpoints_of(name) {
            let is_it = endpoint.uid.is_empty() || endpoint.uid == pod.uid;
            let service = self.service(&in_namespace_of(name, service)).filter(|service| service.selector.is_empty() && is_it);
            found.extend(service.map(|service| (&service.meta.name.name, service)));
        }
        found.into_values().collect()
    }

    /// The pods of a namespace that a selector selects. An empty one selects none.
    pub(super) fn selected<'a>(&'a self, of: &'a ObjectName, selector: &'a Texts) -> impl Iterator<Item = ObjectName> + 'a {
        let carriers = selector.iter().map(|(label, value)| self.carriers.get(&pair(of, label, value)));
        // If nobody carries one of them, that is the shortest.
        let shortest = carriers.min_by_key(|carriers| carriers.map_or(0, BTreeSet::len)).flatten();
        let names = shortest.into_iter().flatten().map(|pod| in_namespace_of(of, pod));
        names.filter(|name| self.pod(name).is_some_and(|pod| carries(pod, selector)))
    }

    /// The services of which a pod is an endpoint.
    pub(super) fn endpoints_of<'a>(&'a self, pod: &ObjectName) -> impl Iterator<Item = (&'a Arc<str>, &'a Endpoint)> {
        let from = (pod.clone(), "".into(), "".into());
        let pod = pod.clone();
        let own = self.endpoint_of.range(from..).take_while(move |(of, ..)| *of == pod);
        own.filter_map(|(of, service, slice)| {
            let key = (in_namespace_of(of, service), Arc::clone(&of.name), Arc::clone(slice));
            Some((service, self.look(self.endpoints.get(&key))?))
        })
    }

    /// The pods that are endpoints of a service.
    pub(super) fn endpoint_pods(&self, service: &ObjectName) -> BTreeSet<Arc<str>> {
        let from = (service.clone(), "".into(), "".into());
        self.endpoints.range(from..).take_while(|((of, ..), _)| of == service).map(|((_, pod, _), _)| Arc::clone(pod)).collect()
    }

    /// Where one endpoint of a service is reached; `None`: it is none. In two slices are the addresses of two families.
    pub(super) fn endpoint_addresses(&self, service: &ObjectName, pod: &Arc<str>) -> Option<Vec<String>> {
        let from = (service.clone(), Arc::clone(pod), "".into());
        let own = self.endpoints.range((Bound::Included(from), Bound::Unbounded));
        let mut addresses = None;
        for (_, endpoint) in own.take_while(|((of, one, _), _)| of == service && one == pod) {
            let all: &mut Vec<String> = addresses.get_or_insert_default();
            let new = self.look(Some(endpoint)).into_iter().flat_map(|endpoint| &endpoint.addresses);
            let new: Vec<String> = new.filter(|address| !all.contains(*address)).cloned().collect();
            all.extend(new);
        }
        addresses
    }
}

fn names_in<'a, T>(objects: &'a BTreeMap<ObjectName, T>, namespace: &Arc<str>) -> impl Iterator<Item = &'a ObjectName> {
    let namespace = Arc::clone(namespace);
    let from = ObjectName { namespace: Arc::clone(&namespace), name: "".into() };
    objects.range(from..).map(|(name, _)| name).take_while(move |name| name.namespace == namespace)
}

fn carries(pod: &Pod, selector: &Texts) -> bool {
    selector.iter().all(|(label, value)| pod.meta.labels.get(label) == Some(value))
}

fn pair(of: &ObjectName, label: &str, value: &str) -> Pair {
    (Arc::clone(&of.namespace), label.to_owned(), value.to_owned())
}

fn in_namespace_of(other: &ObjectName, name: &Arc<str>) -> ObjectName {
    ObjectName { namespace: Arc::clone(&other.namespace), name: Arc::clone(name) }
}

fn of_pod((service, pod, slice): &(ObjectName, Arc<str>, Arc<str>)) -> (ObjectName, Arc<str>, Arc<str>) {
    (in_namespace_of(service, pod), Arc::clone(&service.name), Arc::clone(slice))
}

fn take_out(places: &mut BTreeMap<Pair, BTreeSet<Arc<str>>>, at: Pair, name: &Arc<str>) {
    if let Some(there) = places.get_mut(&at) {
        there.remove(name);
        if there.is_empty() {
            places.remove(&at);
        }
    }
}
