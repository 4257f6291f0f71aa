//! What a zone's proxies and services are, by what its cluster has: kept up with every change, at the cost of that change.
use super::{
    ground::{MeshServicesOf, Meshes, Place},
    index::Index,
    object::{Change, News, Object, ObjectId, ObjectKind, ObjectName, Seen, Service, Unreadable},
    pod::PodOutcome,
    problem::{Problem, Problems, Reason},
    service::{self, Backing},
};
use crate::resource::{Key, Resource};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The conversion of a zone.
#[derive(Debug)]
pub struct Conversion {
    place: Place,
    meshes: Meshes,
    index: Index,
    unreadable: BTreeMap<ObjectId, Unreadable>,
    pods: BTreeMap<ObjectName, PodState>,
    backing: BTreeMap<ObjectName, Backing>,
    /// What wants to be in which mesh.
    wanting: BTreeSet<(Arc<str>, Source)>,
    made: BTreeMap<Source, Made>,
    /// Of two of one name that of the first counts.
    claims: BTreeMap<Key, BTreeMap<Source, Arc<Resource>>>,
}

/// What something is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Pod(ObjectName),
    Service(ObjectName),
    /// Of one endpoint of a headless service.
    Endpoint(ObjectName, Arc<str>),
}

/// What a source came to.
#[derive(Debug, Default)]
struct Made {
    key: Option<Key>,
    mesh: Option<Arc<str>>,
    problems: Vec<Problem>,
}

/// What services have to know of a pod.
#[derive(Debug, Default, PartialEq)]
struct PodState {
    serves: BTreeMap<Arc<str>, bool>,
    is_gateway: bool,
}

/// What may be otherwise than it was.
#[derive(Debug, Default)]
struct Dirty {
    pods: BTreeSet<ObjectName>,
    services: BTreeSet<ObjectName>,
    endpoints: BTreeSet<(ObjectName, Arc<str>)>,
    /// Objects that have other problems than before.
    objects: BTreeSet<ObjectId>,
    keys: BTreeSet<Key>,
}

/// What became different.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// The resources; `None`: it is no more.
    pub resources: BTreeMap<Key, Option<Arc<Resource>>>,
    /// Everything that is wrong with these objects now.
    pub problems: BTreeMap<ObjectId, Vec<Problem>>,
}

impl Conversion {
    /// Nothing is known yet.
    pub fn new(place: Place) -> Self {
        let (meshes, unreadable, pods, backing, wanting, made, claims) = Default::default();
        Self { place, meshes, index: Index::default(), unreadable, pods, backing, wanting, made, claims }
    }

    /// Takes over what became known of objects. What is older than what is known counts for nothing, and so do objects of other kinds than
    /// [`ObjectKind::ALL`].
    pub fn take(&mut self, news: News) -> Converted {
        let changes = match news {
            News::Changed(changes) => changes,
            News::Listed { kind, version, objects } => self.changes(kind, version, objects),
            News::Defined(_) => Vec::new(),
        };
        let mut dirty = Dirty::default();
        changes.into_iter().for_each(|change| self.change(change, &mut dirty));
        self.settle(dirty)
    }

    /// Whatever comes of a kind from now on is newer than what is known of it.
    pub(crate) fn forget_versions(&mut self, kind: ObjectKind) {
        self.index.forget_versions(kind);
        self.unreadable.iter_mut().filter(|(id, _)| id.kind == kind).for_each(|(_, unreadable)| unreadable.version = 0);
    }

    /// Takes over what a mesh is; `None`: there is none of that name.
    pub fn mesh(&mut self, name: &str, services: Option<MeshServicesOf>) -> Converted {
        let before = match services {
            Some(services) => self.meshes.insert(name.into(), services),
            None => self.meshes.remove(name),
        };
        let mut dirty = Dirty::default();
        if before != services {
            let from = (Arc::from(name), Source::Pod(ObjectName::new("", "")));
            for (_, source) in self.wanting.range(from..).take_while(|(of, _)| **of == *name) {
                dirty.source(source.clone());
            }
        }
        self.settle(dirty)
    }

    /// Everything that is made of what is known.
    pub fn resources(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.claims.values().filter_map(|claims| claims.values().next())
    }

    /// What is made of what is known, under this key.
    pub fn get(&self, key: &Key) -> Option<&Arc<Resource>> {
        self.claims.get(key)?.values().next()
    }

    /// The object of which that is made.
    pub fn object_of(&self, key: &Key) -> Option<ObjectId> {
        self.claims.get(key)?.keys().next().map(Source::object)
    }

    /// Everything that is wrong with an object.
    pub fn problems(&self, id: &ObjectId) -> Vec<Problem> {
        let unreadable = self.unreadable.get(id);
        let mut all: Vec<Problem> = unreadable
            .map(|unreadable| Problem { reason: Reason::Unreadable, message: format!("{}: {}", unreadable.field, unreadable.why) })
            .into_iter()
            .collect();
        let sources: Vec<Source> = match id.kind {
            ObjectKind::Pod => vec![Source::Pod(id.name.clone())],
            ObjectKind::Service => {
                let from = Source::Endpoint(id.name.clone(), "".into());
                let is_its = |source: &&Source| matches!(source, Source::Endpoint(of, _) if *of == id.name);
                let endpoints = self.made.range(from..).map(|(source, _)| source).take_while(is_its).cloned();
                [Source::Service(id.name.clone())].into_iter().chain(endpoints).collect()
            }
            ObjectKind::Namespace | ObjectKind::EndpointSlice | ObjectKind::ConfigMap | ObjectKind::Custom(_) => Vec::new(),
        };
        for (source, made) in sources.iter().filter_map(|source| Some((source, self.made.get(source)?))) {
            let taken = made.key.as_ref().and_then(|key| self.taken(source, key));
            for problem in made.problems.iter().cloned().chain(taken) {
                if !all.contains(&problem) {
                    all.push(problem);
                }
            }
        }
        all
    }

    /// Something else has the name of what is made of a source.
    fn taken(&self, source: &Source, key: &Key) -> Option<Problem> {
        let first = self.claims.get(key)?.keys().next().filter(|first| *first != source)?;
        Some(Problem { reason: Reason::NameTaken, message: format!("{key} is made of {} already", first.object()) })
    }

    /// How many objects were looked at, ever.
    pub fn looked(&self) -> u64 {
        self.index.looked()
    }

    /// How a whole list differs from what is known.
    fn changes(&self, kind: ObjectKind, version: u64, objects: Vec<Seen>) -> Vec<Change> {
        let there: BTreeSet<ObjectName> = objects.iter().map(|seen| id_of(seen).name).collect();
        let unread = self.unreadable.keys().filter(|id| id.kind == kind).map(|id| id.name.clone());
        let known: BTreeSet<ObjectName> = self.index.names(kind).into_iter().chain(unread).collect();
        let gone = known.into_iter().filter(|name| !there.contains(name));
        let gone = gone.map(|name| Change::Gone { id: ObjectId { kind, name }, version });
        gone.chain(objects.into_iter().map(Change::Put)).collect()
    }

    fn change(&mut self, change: Change, dirty: &mut Dirty) {
        let (id, version, object) = match change {
            Change::Gone { id, version } => (id, version, None),
            Change::Put(Ok(object)) => (object.id(), object.version(), Some(object)),
            Change::Put(Err(unreadable)) => {
                // It counts as it was.
                if !self.is_older(&unreadable.id, unreadable.version) {
                    dirty.objects.insert(unreadable.id.clone());
                    self.unreadable.insert(unreadable.id.clone(), unreadable);
                }
                return;
            }
        };
        if self.is_older(&id, version) {
            return;
        }
        if self.unreadable.remove(&id).is_some() {
            dirty.objects.insert(id.clone());
        }
        let name = id.name;
        match (id.kind, object) {
            (ObjectKind::ConfigMap | ObjectKind::Custom(_), _) => {}
            (ObjectKind::Pod, object) => {
                let pod = object.and_then(|object| if let Object::Pod(pod) = object { Some(*pod) } else { None });
                self.index.put_pod(&name, pod);
                dirty.pods.insert(name);
            }
            (ObjectKind::Service, object) => {
                let service = object.and_then(|object| if let Object::Service(service) = object { Some(*service) } else { None });
                self.put_service(name, service, dirty);
            }
            (ObjectKind::EndpointSlice, object) => {
                let slice = object.and_then(|object| if let Object::EndpointSlice(slice) = object { Some(slice) } else { None });
                for (service, pod) in self.index.put_slice(&name, slice) {
                    if self.index.service(&service).is_some_and(|service| service.selector.is_empty()) {
                        dirty.pods.insert(ObjectName { namespace: Arc::clone(&service.namespace), name: Arc::clone(&pod) });
                    }
                    dirty.endpoints.insert((service, pod));
                }
            }
            (ObjectKind::Namespace, object) => {
                let namespace = object.and_then(|object| if let Object::Namespace(namespace) = object { Some(namespace) } else { None });
                let says = |namespace: &super::object::Namespace| (namespace.meta.labels.clone(), namespace.meta.annotations.clone());
                let after = namespace.as_ref().map(says);
                let before = self.index.put_namespace(&name, namespace);
                if before.as_ref().map(says) != after {
                    dirty.pods.extend(self.index.pod_names_in(&name.name).cloned());
                    dirty.services.extend(self.index.service_names_in(&name.name).cloned());
                }
            }
        }
    }

    fn put_service(&mut self, name: ObjectName, service: Option<Service>, dirty: &mut Dirty) {
        let nothing = super::object::Texts::new();
        let selector = service.as_ref().map_or_else(|| nothing.clone(), |service| service.selector.clone());
        let is_there = service.is_some();
        let before = self.index.put_service(&name, service);
        let was = before.as_ref().map_or(&nothing, |before| &before.selector);
        for selector in [was, &selector] {
            dirty.pods.extend(self.index.selected(&name, selector));
        }
        if (before.is_some() && was.is_empty()) || (is_there && selector.is_empty()) {
            let pods = self.index.endpoint_pods(&name).into_iter();
            dirty.pods.extend(pods.map(|pod| ObjectName { namespace: Arc::clone(&name.namespace), name: pod }));
        }
        dirty.services.insert(name);
    }

    fn is_older(&self, id: &ObjectId, version: u64) -> bool {
        let read = self.index.version(id);
        let unread = self.unreadable.get(id).map(|unreadable| unreadable.version);
        version != 0 && read.max(unread).is_some_and(|held| version < held)
    }

    /// Makes anew what may be otherwise: pods first, since services say who of them is ready.
    fn settle(&mut self, mut dirty: Dirty) -> Converted {
        for name in std::mem::take(&mut dirty.pods) {
            let (outcome, state) = self.made_of_pod(&name);
            let mesh = outcome.mesh.clone();
            self.back(&name, state, &mut dirty);
            self.record(Source::Pod(name), outcome.resource, outcome.problems, mesh, &mut dirty);
        }
        for name in std::mem::take(&mut dirty.services) {
            let pods = self.index.endpoint_pods(&name).into_iter();
            dirty.endpoints.extend(pods.map(|pod| (name.clone(), pod)));
            let mut problems = Problems::default();
            let (resource, mesh) = self.made_of_service(&name, &mut problems);
            self.record(Source::Service(name), resource, problems, mesh, &mut dirty);
        }
        for (name, pod) in std::mem::take(&mut dirty.endpoints) {
            let mut problems = Problems::default();
            let resource = self.made_of_endpoint(&name, &pod, &mut problems);
            self.record(Source::Endpoint(name, pod), resource, problems, None, &mut dirty);
        }
        let resources = dirty.keys.into_iter().map(|key| (key.clone(), self.get(&key).cloned())).collect();
        let problems = dirty.objects.into_iter().map(|id| (id.clone(), self.problems(&id))).collect();
        Converted { resources, problems }
    }

    fn made_of_pod(&self, name: &ObjectName) -> (PodOutcome, PodState) {
        let pod = self.index.pod(name);
        let Some((pod, namespace)) = pod.and_then(|pod| Some((pod, self.index.namespace(&name.namespace)?))) else {
            return Default::default();
        };
        let mut outcome = PodOutcome::of(&self.place, pod, namespace, &self.meshes, &self.index.selecting(pod));
        let state = PodState { serves: std::mem::take(&mut outcome.serves), is_gateway: outcome.is_gateway };
        (outcome, state)
    }

    fn made_of_service(&self, name: &ObjectName, problems: &mut Problems) -> (Option<Resource>, Option<Arc<str>>) {
        let service = self.index.service(name);
        let Some((service, namespace)) = service.and_then(|service| Some((service, self.index.namespace(&name.namespace)?))) else {
            return (None, None);
        };
        let wanted = super::ground::mesh_of(&service.meta, namespace).into();
        let backing = self.backing.get(name).copied().unwrap_or_default();
        let mesh = service::in_mesh(service, namespace, &self.meshes, backing, problems);
        (mesh.and_then(|mesh| service::of(&self.place, service, mesh, backing, problems)), Some(wanted))
    }

    fn made_of_endpoint(&self, name: &ObjectName, pod_name: &Arc<str>, problems: &mut Problems) -> Option<Resource> {
        let service = self.index.service(name).filter(|service| service.cluster_ip == super::object::ClusterIp::Headless)?;
        let addresses = self.index.endpoint_addresses(name, pod_name)?;
        let namespace = self.index.namespace(&name.namespace)?;
        let backing = self.backing.get(name).copied().unwrap_or_default();
        // What is wrong with the service it says itself.
        let mesh = service::in_mesh(service, namespace, &self.meshes, backing, &mut Problems::default())?;
        let pod_id = ObjectName { namespace: Arc::clone(&name.namespace), name: Arc::clone(pod_name) };
        let is_ready = self.pods.get(&pod_id).is_some_and(|pod| pod.serves.get(&name.name) == Some(&true));
        let endpoint = (&**pod_name, self.index.pod(&pod_id), &*addresses, is_ready);
        service::of_endpoint(&self.place, service, mesh, endpoint, problems)
    }

    /// Takes over which services a pod serves, and what of that they have to know.
    fn back(&mut self, name: &ObjectName, state: PodState, dirty: &mut Dirty) {
        let before = self.pods.remove(name).unwrap_or_default();
        let services: BTreeSet<&Arc<str>> = before.serves.keys().chain(state.serves.keys()).collect();
        for service in services {
            let id = ObjectName { namespace: Arc::clone(&name.namespace), name: Arc::clone(service) };
            let backing = self.backing.entry(id.clone()).or_default();
            let was = *backing;
            backing.count(&before, service, usize::wrapping_sub);
            backing.count(&state, service, usize::wrapping_add);
            let some = |of: &Backing| (of.pods > 0, of.ready > 0, of.is_of_gateways());
            if some(&was) != some(backing) {
                dirty.services.insert(id.clone());
            }
            if *backing == Backing::default() {
                self.backing.remove(&id);
            }
        }
        for (service, _) in self.index.endpoints_of(name) {
            let id = ObjectName { namespace: Arc::clone(&name.namespace), name: Arc::clone(service) };
            dirty.endpoints.insert((id, Arc::clone(&name.name)));
        }
        if state != PodState::default() {
            self.pods.insert(name.clone(), state);
        }
    }

    /// Takes over what a source came to.
    fn record(&mut self, source: Source, resource: Option<Resource>, problems: Problems, mesh: Option<Arc<str>>, dirty: &mut Dirty) {
        let before = self.made.remove(&source).unwrap_or_default();
        let made = Made { key: resource.as_ref().map(|resource| resource.key.clone()), mesh, problems: problems.0 };
        if before.mesh != made.mesh {
            before.mesh.into_iter().for_each(|mesh| _ = self.wanting.remove(&(mesh, source.clone())));
            self.wanting.extend(made.mesh.clone().map(|mesh| (mesh, source.clone())));
        }
        if let Some(key) = before.key.as_ref().filter(|key| made.key.as_ref() != Some(*key)) {
            self.leave(key, &source, dirty);
        }
        if let Some(resource) = resource {
            self.claim(&source, resource, dirty);
        }
        if before.problems != made.problems {
            dirty.objects.insert(source.object());
        }
        if made.key.is_some() || made.mesh.is_some() || !made.problems.is_empty() {
            self.made.insert(source, made);
        }
    }

    /// Nothing of that name is made of it any more. Whoever waited for the name has it now.
    fn leave(&mut self, key: &Key, source: &Source, dirty: &mut Dirty) {
        let Some(claims) = self.claims.get_mut(key) else { return };
        let was_first = claims.keys().next() == Some(source);
        claims.remove(source);
        if was_first {
            dirty.keys.insert(key.clone());
            dirty.objects.extend(claims.keys().map(Source::object));
        }
        if claims.is_empty() {
            self.claims.remove(key);
        }
    }

    fn claim(&mut self, source: &Source, resource: Resource, dirty: &mut Dirty) {
        let key = resource.key.clone();
        let claims = self.claims.entry(key.clone()).or_default();
        let first = claims.keys().next().cloned();
        let is_so = claims.get(source).is_some_and(|before| **before == resource);
        if !is_so {
            claims.insert(source.clone(), Arc::new(resource));
        }
        let now = claims.keys().next();
        if now != first.as_ref() || (!is_so && now == Some(source)) {
            dirty.keys.insert(key);
        }
        if claims.len() > 1 {
            dirty.objects.extend(claims.keys().map(Source::object));
        }
    }
}

impl Dirty {
    fn source(&mut self, source: Source) {
        match source {
            Source::Pod(name) => _ = self.pods.insert(name),
            Source::Service(name) => _ = self.services.insert(name),
            Source::Endpoint(service, pod) => _ = self.endpoints.insert((service, pod)),
        }
    }
}

impl Source {
    /// The object that is told what is wrong.
    fn object(&self) -> ObjectId {
        let (kind, name) = match self {
            Self::Pod(name) => (ObjectKind::Pod, name),
            Self::Service(name) | Self::Endpoint(name, _) => (ObjectKind::Service, name),
        };
        ObjectId { kind, name: name.clone() }
    }
}

impl Backing {
    fn count(&mut self, pod: &PodState, service: &Arc<str>, with: fn(usize, usize) -> usize) {
        let Some(is_ready) = pod.serves.get(service) else { return };
        self.pods = with(self.pods, 1);
        self.ready = with(self.ready, usize::from(*is_ready));
        self.gateways = with(self.gateways, usize::from(pod.is_gateway));
    }
}

fn id_of(seen: &Seen) -> ObjectId {
    match seen {
        Ok(object) => object.id(),
        Err(unreadable) => unreadable.id.clone(),
    }
}
