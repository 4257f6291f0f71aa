//! What a zone has been told of its cluster: by what objects what it makes of them may be, and why it may go.
use std::collections::{BTreeMap, BTreeSet};
use strait_core::{
    kubernetes::{Change, ClusterIp, CustomKind, News, Object, ObjectId, ObjectKind, ObjectName, Seen},
    resource::{Kind, Resource, labels},
};

/// Who makes resources of objects, as Kuma calls it.
const CONTROLLER: &str = "k8s-controller";
/// Who writes what users apply, as it is called here.
const OBJECT: &str = "k8s-object";
/// By which label what is made of a service says so.
const SERVICE: &str = "k8s.kuma.io/service-name";

/// What one zone has been told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    objects: BTreeMap<ObjectId, Seen>,
    known: BTreeMap<ObjectKind, u64>,
    /// Lists that are older than what is known: they say nothing until an operator says that they do.
    aside: BTreeMap<ObjectKind, (u64, Vec<Seen>)>,
    /// All objects there ever were.
    ever: BTreeSet<ObjectId>,
    /// Of these objects something went, or became another, since what is made of them was last written.
    may_go: BTreeSet<ObjectId>,
}

impl Told {
    /// Takes over what a zone is told.
    pub(crate) fn hear(&mut self, news: &News) {
        match news {
            News::Listed { kind, version, objects } => {
                if self.known.get(kind).is_some_and(|known| version < known) {
                    self.aside.insert(*kind, (*version, objects.clone()));
                } else {
                    self.list(*kind, *version, objects);
                }
            }
            News::Changed(changes) => {
                for change in changes {
                    match change {
                        Change::Put(seen) => self.put(seen),
                        Change::Gone { id, version } => {
                            self.know(id.kind, *version);
                            self.goes(id);
                            self.objects.remove(id);
                        }
                    }
                }
            }
            News::Defined(_) => {}
        }
    }

    /// An operator of the zone decided something: that lists that went back count, perhaps.
    pub(crate) fn operated(&mut self) {
        for (kind, (version, objects)) in std::mem::take(&mut self.aside) {
            self.list(kind, version, &objects);
        }
    }

    /// The last list of a kind is older than what is known.
    pub(crate) fn is_aside(&self, kind: ObjectKind) -> bool {
        self.aside.contains_key(&kind)
    }

    fn list(&mut self, kind: ObjectKind, version: u64, objects: &[Seen]) {
        self.aside.remove(&kind);
        self.know(kind, version);
        let listed: BTreeSet<ObjectId> = objects.iter().map(id).collect();
        let gone: Vec<ObjectId> = self.objects.keys().filter(|id| id.kind == kind && !listed.contains(id)).cloned().collect();
        for id in gone {
            self.goes(&id);
            self.objects.remove(&id);
        }
        objects.iter().for_each(|object| self.put(object));
    }

    fn know(&mut self, kind: ObjectKind, version: u64) {
        let known = self.known.entry(kind).or_default();
        *known = version.max(*known);
    }

    fn put(&mut self, seen: &Seen) {
        let id = id(seen);
        if let Ok(object) = seen {
            self.know(id.kind, object.version());
        }
        if !is_good(seen) || self.objects.get(&id).is_some_and(|before| outline(before) != outline(seen)) {
            self.goes(&id);
        }
        self.ever.insert(id.clone());
        self.objects.insert(id, seen.clone());
    }

    /// Something of an object went: what is made of it may go, and of what is in a namespace all.
    fn goes(&mut self, id: &ObjectId) {
        self.may_go.insert(id.clone());
        if id.kind == ObjectKind::Namespace {
            self.may_go.extend(self.ever.iter().filter(|other| other.name.namespace == id.name.name).cloned());
        }
    }

    /// What is made of an object is written: of one that there ever was.
    pub(crate) fn is_rightly(&mut self, resource: &Resource) -> bool {
        let Some(id) = made_of(resource) else { return false };
        if self.objects.get(&id).is_some_and(is_good) {
            self.may_go.remove(&id);
        }
        self.ever.contains(&id)
    }

    /// What something is made of is there no more, as the zone was told; of headless services nothing is said.
    pub(crate) fn has_gone(&self, resource: &Resource) -> bool {
        let Some(id) = made_of(resource) else { return false };
        match self.objects.get(&id) {
            None => true,
            Some(Ok(Object::Pod(pod))) => pod.is_finished || pod.address.is_empty(),
            Some(_) => false,
        }
    }

    /// What is made of an object goes: because something of that did.
    pub(crate) fn is_rightly_gone(&self, resource: &Resource) -> bool {
        made_of(resource).is_some_and(|id| self.may_go.contains(&id))
    }
}

/// Which object something is made of; `None`: it is made of none.
pub(crate) fn made_of(resource: &Resource) -> Option<ObjectId> {
    let label = |name: &str| resource.labels.get(name).map(String::as_str);
    match label(labels::MANAGED_BY) {
        Some(CONTROLLER) => {}
        Some(OBJECT) => {
            let kind = ObjectKind::Custom(CustomKind::named(resource.kind().as_str())?);
            let namespace = label(labels::NAMESPACE).unwrap_or_default();
            return Some(ObjectId { kind, name: ObjectName::new(namespace, label(labels::DISPLAY_NAME)?) });
        }
        _ => return None,
    }
    let (kind, name) = if *resource.kind() == Kind::mesh_service() {
        (ObjectKind::Service, label(SERVICE)?)
    } else {
        (ObjectKind::Pod, label(labels::DISPLAY_NAME)?)
    };
    Some(ObjectId { kind, name: ObjectName::new(label(labels::NAMESPACE)?, name) })
}

fn id(seen: &Seen) -> ObjectId {
    match seen {
        Ok(object) => object.id(),
        Err(unreadable) => unreadable.id.clone(),
    }
}

/// Whether something is surely made of it, if it is in a mesh at all.
fn is_good(seen: &Seen) -> bool {
    match seen {
        Ok(Object::Pod(pod)) => !pod.is_finished && !pod.address.is_empty(),
        // Each of its endpoints may go.
        Ok(Object::Service(service)) => matches!(service.cluster_ip, ClusterIp::At(_)),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// By what it is, or is not, in a mesh.
fn outline(seen: &Seen) -> Option<String> {
    match seen {
        Ok(Object::Pod(pod)) => Some(format!("{:?} {}", pod.meta.annotations, pod.uid)),
        Ok(Object::Service(service)) => Some(format!("{:?} {:?} {:?}", service.meta.labels, service.meta.annotations, service.selector)),
        Ok(Object::Namespace(namespace)) => Some(format!("{:?} {:?}", namespace.meta.labels, namespace.meta.annotations)),
        Ok(Object::Custom(custom)) => Some(format!("{:?} {}", custom.meta.labels, custom.spec)),
        Ok(Object::EndpointSlice(_) | Object::ConfigMap(_)) | Err(_) => None,
    }
}
