//! The zone's proxies are pods: what their cluster says becomes `Dataplane`s and `MeshService`s of the zone, which are stored, synced and served as
//! all others are. So does what users apply there of the mesh itself; and what the zone holds otherwise stands there as copies (`copies`).
//!
//! *To delete is to have known.* Until every kind of objects has been listed once since the start, all that is made of pods and services stays as it
//! was stored, and so does what users applied until its own kind was; a list that is older than what something here was made of counts for nothing,
//! and is shown, until a newer one comes or an operator adopts. What is to be is worked out anew for whatever changed, and written if it is not so.
//! What a user has written by the API of the zone is left as it is.
mod applied;
mod asking;
mod copies;
mod kept;
mod own;

use super::{Environment, ZoneNode, identities};
use crate::{
    kubernetes::{
        self, Change as ObjectChange, Conversion, Converted, CustomKind, MeshServicesOf, News, ObjectId, ObjectKind, Place, Problem,
        Reason, Seen,
    },
    machine::{Durable, Out, RecoverError},
    node::{Change, EditRefused, ObservationChange, StaleList, Violation, ZoneEffect},
    records::{self, Writes},
    resource::{
        Key, Kind, Resource, Spec, labels,
        model::{self, MeshServicesMode, Model},
    },
    sync::{Epoch, catalog::Write},
    time::Mono,
};
use applied::Applied;
use kept::History;
use own::OwnObjects;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is known of the cluster.
#[derive(Debug)]
pub(super) struct Cluster {
    place: Place,
    environment: Environment,
    conversion: Conversion,
    /// What users apply.
    applied: Applied,
    /// What the zone writes.
    own: OwnObjects,
    history: History,
    /// The kinds of the mesh that are defined there, once that is known.
    defined: Option<BTreeSet<CustomKind>>,
    /// Since this start.
    listed: BTreeSet<ObjectKind>,
    /// The newest version of each kind that is known.
    known: BTreeMap<ObjectKind, u64>,
    /// The kinds of which that is not stored yet.
    moved: BTreeSet<ObjectKind>,
    /// Lists that are older than that.
    aside: BTreeMap<ObjectKind, (u64, Vec<Seen>)>,
    /// What may not be as it is to be.
    unsettled: BTreeSet<Key>,
    /// What cannot be written, and why.
    refused: BTreeMap<Key, Problem>,
}

/// Who wrote a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// It is made of a pod or a service.
    Converted,
    /// A user applied it in the cluster.
    Applied,
    /// Somebody else.
    Other,
}

impl Cluster {
    /// Nothing was listed yet.
    pub(super) fn recover<'a>(
        (place, environment): (Place, Environment),
        (first_ask, epoch): (u64, Epoch),
        (durable, now): (&Durable, Mono),
        meshes: impl Iterator<Item = &'a Arc<Resource>>,
    ) -> Result<Self, RecoverError> {
        let mut conversion = Conversion::new(place.clone());
        for mesh in meshes {
            conversion.mesh(mesh.key.name.as_str(), Some(services_of(mesh)));
        }
        let mut known = BTreeMap::new();
        for (key, _, bytes) in records::below(durable, records::KUBERNETES) {
            let (kind, version): (ObjectKind, u64) = records::parse(key, bytes)?;
            known.insert(kind, version);
        }
        let (listed, moved, aside, unsettled, refused, applied) = Default::default();
        let own = OwnObjects::new(first_ask);
        let history = History::recover(environment, epoch, durable, now)?;
        let defined = None;
        Ok(Self { place, environment, conversion, applied, own, history, defined, listed, known, moved, aside, unsettled, refused })
    }

    /// Whether lists wait that are older than what is known.
    pub(super) fn is_frozen(&self) -> bool {
        !self.aside.is_empty()
    }

    /// What is stored when the zone starts.
    pub(super) fn begin(&self, writes: &mut Writes) {
        if self.environment == Environment::Kubernetes {
            self.history.write(writes);
        }
    }

    /// When the API is to be asked again.
    pub(super) fn deadline(&self) -> Option<(Mono, &'static str)> {
        self.own.asking.deadline().map(|at| (at, "ask the Kubernetes API again"))
    }

    fn is_whole(&self) -> bool {
        ObjectKind::ALL.iter().all(|kind| self.listed.contains(kind))
    }

    fn know(&mut self, kind: ObjectKind, version: u64) {
        let known = self.known.entry(kind).or_default();
        if version > *known {
            *known = version;
            self.moved.insert(kind);
        }
    }

    /// Whether it is known what users applied of a kind.
    fn knows_applied(&self, kind: &Kind) -> bool {
        CustomKind::of(kind).is_some_and(|kind| self.listed.contains(&ObjectKind::Custom(kind)))
    }

    /// Whether that may be changed which somebody wrote.
    fn may_change(&self, holder: Holder, kind: &Kind) -> bool {
        match holder {
            Holder::Converted => self.is_whole(),
            Holder::Applied => self.knows_applied(kind),
            Holder::Other => false,
        }
    }

    /// What something is to be. What is made of pods and services comes first.
    fn wanted(&self, key: &Key) -> Option<&Arc<Resource>> {
        let converted = self.conversion.get(key).filter(|_| self.is_whole());
        converted.or_else(|| self.applied.get(key).filter(|_| self.knows_applied(&key.kind)))
    }

    /// The object that says so.
    fn object_of(&self, key: &Key) -> Option<ObjectId> {
        self.conversion.object_of(key).or_else(|| self.applied.object_of(key).cloned())
    }

    /// What is wrong with an object, also of what could not be written of it.
    fn problems(&self, id: &ObjectId) -> Vec<Problem> {
        let ObjectKind::Custom(_) = id.kind else {
            let mut problems = self.conversion.problems(id);
            let refused = self.refused.iter().filter(|(key, _)| self.conversion.object_of(key).as_ref() == Some(id));
            problems.extend(refused.map(|(_, problem)| problem.clone()));
            problems.extend(self.own.problem(id).cloned());
            return problems;
        };
        let key = self.applied.key_of(id);
        let first = key.and_then(|key| Some((key, self.conversion.object_of(key)?)));
        let taken = first.as_ref().map(|(key, first)| {
            let message = format!("{key} is made of {first} already");
            Problem { reason: Reason::NameTaken, message }
        });
        let refused = key.filter(|_| first.is_none()).and_then(|key| self.refused.get(key)).cloned();
        self.applied.problems(id).cloned().chain(taken).chain(refused).chain(self.own.problem(id).cloned()).collect()
    }
}

/// What the conversion has to know of a mesh.
fn services_of(mesh: &Resource) -> MeshServicesOf {
    let spec = mesh.spec.value().and_then(|value| model::parse(mesh.kind(), value).ok().flatten());
    let Some(Model::Mesh(mesh)) = spec else { return MeshServicesOf::None };
    match mesh.mesh_services {
        Some(services) if services.mode.is(&MeshServicesMode::Exclusive) => MeshServicesOf::Only,
        Some(services) if !services.mode.is(&MeshServicesMode::Disabled) => MeshServicesOf::Beside,
        _ => MeshServicesOf::None,
    }
}

fn holder(resource: &Resource) -> Holder {
    match resource.labels.get(labels::MANAGED_BY).map(String::as_str) {
        Some(kubernetes::BY) if is_about(resource.kind()) => Holder::Converted,
        Some(kubernetes::BY_OBJECT) => Holder::Applied,
        _ => Holder::Other,
    }
}

fn is_about(kind: &Kind) -> bool {
    *kind == Kind::dataplane() || *kind == Kind::zone_ingress() || *kind == Kind::mesh_service()
}

/// The object of which a resource was made, by what it says.
fn made_of(resource: &Resource) -> String {
    let said = |label: &str| resource.labels.get(label).map_or("", String::as_str);
    let namespace = said(labels::NAMESPACE);
    if holder(resource) == Holder::Applied {
        let name = kubernetes::ObjectName::new(namespace, resource.display_name());
        format!("in Kubernetes, by {} {name}", resource.kind())
    } else if *resource.kind() == Kind::mesh_service() {
        format!("in Kubernetes, by Service {namespace}/{}", said("k8s.kuma.io/service-name"))
    } else {
        format!("in Kubernetes, by Pod {namespace}/{}", resource.display_name())
    }
}

/// A resource as it is to be. What was said of those who serve a service stays, and so does what was observed of what a user applied.
fn merged(wanted: &Arc<Resource>, held: &Resource) -> Arc<Resource> {
    let is_applied = holder(wanted) == Holder::Applied && held.status.is_some();
    let wanted =
        &if is_applied { Arc::new(Resource { status: held.status.clone(), ..Resource::clone(wanted) }) } else { Arc::clone(wanted) };
    let known = held.spec.value().and_then(|held| held.get("identities")?.as_array());
    let known: Vec<Value> = known.into_iter().flatten().filter(|one| identities::is_spiffe_id(one)).cloned().collect();
    if *wanted.kind() != Kind::mesh_service() || known.is_empty() {
        return Arc::clone(wanted);
    }
    let mut spec = wanted.spec.value().cloned().unwrap_or_default();
    if let Some(identities) = spec.get_mut("identities").and_then(Value::as_array_mut) {
        identities.extend(known);
    }
    Arc::new(Resource { spec: Spec::new(spec), ..Resource::clone(wanted) })
}

impl ZoneNode {
    /// Takes over what became known of the cluster.
    pub(super) fn hear_cluster(&mut self, now: Mono, news: News, out: &mut Out<ZoneEffect>) {
        match news {
            News::Listed { kind, version, objects } => {
                let known = self.cluster.known.get(&kind).copied().unwrap_or_default();
                if version < known {
                    tracing::warn!(%kind, version, known, "a list is older than what is known: it counts for nothing");
                    self.cluster.aside.insert(kind, (version, objects));
                    let stale = Some(StaleList { listed: version, known });
                    return self.outbox.observed(ObservationChange::Listed { kind, stale }, out);
                }
                self.take_list(now, kind, version, objects, out);
            }
            News::Changed(changes) => {
                for change in &changes {
                    let (id, version) = identity(change);
                    self.cluster.know(id.kind, version);
                }
                let (pods, others) = changes.into_iter().partition(|change| ObjectKind::ALL.contains(&identity(change).0.kind));
                let converted = self.cluster.conversion.take(News::Changed(pods));
                self.take_objects(now, others, converted, out);
            }
            News::Defined(kinds) => {
                let gone: Vec<CustomKind> = CustomKind::all().filter(|kind| !kinds.contains(kind)).collect();
                for kind in gone.into_iter().map(ObjectKind::Custom) {
                    self.cluster.listed.remove(&kind);
                    self.cluster.aside.remove(&kind);
                    self.cluster.own.forget(kind);
                }
                self.cluster.defined = Some(kinds);
            }
        }
        self.look_whether_all_is_here(now, out);
        self.write_objects(now, out);
    }

    fn take_list(&mut self, now: Mono, kind: ObjectKind, version: u64, objects: Vec<Seen>, out: &mut Out<ZoneEffect>) {
        let is_told = self.cluster.listed.contains(&kind) && !self.cluster.aside.contains_key(&kind);
        self.cluster.aside.remove(&kind);
        self.cluster.know(kind, version);
        let was_whole = self.cluster.is_whole();
        let is_first = self.cluster.listed.insert(kind);
        let changes = match kind {
            ObjectKind::ConfigMap | ObjectKind::Custom(_) => self.cluster.changes(kind, version, objects),
            _ => {
                let converted = self.cluster.conversion.take(News::Listed { kind, version, objects });
                self.cluster.unsettled.extend(converted.resources.into_keys());
                self.judged(converted.problems.into_keys(), out);
                Vec::new()
            }
        };
        if self.cluster.is_whole() && !was_whole {
            // What was stored is judged now, once.
            let held = self.catalog.resources().filter(|held| holder(held) == Holder::Converted).map(|held| held.key.clone());
            let wanted = self.cluster.conversion.resources().map(|wanted| wanted.key.clone());
            self.cluster.unsettled.extend(held.chain(wanted).collect::<Vec<_>>());
            self.cluster.own.look_at_orphans();
        }
        if let ObjectKind::Custom(custom) = kind
            && is_first
        {
            let kind = custom.kind();
            let held = self.catalog.of_kind(&kind).filter(|held| holder(held) == Holder::Applied).map(|held| held.key.clone());
            self.cluster.unsettled.extend(held.collect::<Vec<_>>());
        }
        if !is_told {
            self.outbox.observed(ObservationChange::Listed { kind, stale: None }, out);
        }
        self.take_objects(now, changes, Converted::default(), out);
        if is_first && kind == ObjectKind::ConfigMap {
            self.kept_is_known(now, out);
        }
        if !is_told {
            self.cluster.own.look_at_all(kind);
        }
    }

    /// An operator says that the cluster's history is what its lists say, although it went back.
    pub(super) fn adopt_cluster(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        for (kind, (version, objects)) in std::mem::take(&mut self.cluster.aside) {
            self.cluster.known.insert(kind, version);
            self.cluster.moved.insert(kind);
            self.cluster.conversion.forget_versions(kind);
            self.cluster.applied.forget_versions(|id| id.kind == kind);
            self.cluster.own.forget_versions(kind);
            // It is told, as if it were the first.
            self.cluster.aside.insert(kind, (version, Vec::new()));
            self.take_list(now, kind, version, objects, out);
        }
        self.write_objects(now, out);
    }

    fn judged(&mut self, ids: impl IntoIterator<Item = ObjectId>, out: &mut Out<ZoneEffect>) {
        for id in ids {
            let problems = self.cluster.problems(&id);
            self.outbox.observed(ObservationChange::Object { id, problems }, out);
        }
    }

    fn converted(&mut self, now: Mono, converted: Converted, out: &mut Out<ZoneEffect>) {
        self.cluster.unsettled.extend(converted.resources.into_keys());
        self.judged(converted.problems.into_keys(), out);
        self.settle_cluster(now, out);
    }

    /// Takes over what was written, as far as it is about what is made of objects.
    pub(super) fn hear_writes(&mut self, now: Mono, written: &[Write], out: &mut Out<ZoneEffect>) {
        let mut meshes = Converted::default();
        if !self.cluster.refused.is_empty() {
            // What was in the way may be gone: one of the same kind, or that there was no such mesh.
            let kinds: BTreeSet<&Kind> = written.iter().map(|write| &write.key().kind).collect();
            let is_about_all = kinds.contains(&Kind::mesh());
            let again = self.cluster.refused.keys().filter(|key| is_about_all || kinds.contains(&key.kind));
            self.cluster.unsettled.extend(again.cloned().collect::<Vec<_>>());
        }
        for write in written {
            let key = write.key();
            if key.kind == Kind::mesh() {
                let services = write.resource().map(|mesh| services_of(mesh));
                let converted = self.cluster.conversion.mesh(key.name.as_str(), services);
                meshes.resources.extend(converted.resources);
                meshes.problems.extend(converted.problems);
            } else if self.cluster.wanted(key).is_some() {
                self.cluster.unsettled.insert(key.clone());
            }
        }
        self.copy(written);
        self.converted(now, meshes, out);
        self.write_objects(now, out);
    }

    /// Makes what objects say what it is to be. What cannot be known yet comes again with the list that says it.
    pub(super) fn settle_cluster(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        // A history that may go on from another one begins with that.
        let waits = self.cluster.joins_at().is_some_and(|at| at > now);
        if self.cluster.unsettled.is_empty() || waits {
            return;
        }
        let (mut changes, mut judged) = (Vec::new(), BTreeSet::new());
        for key in std::mem::take(&mut self.cluster.unsettled) {
            let held = self.catalog.get(&key);
            let wanted = self.cluster.wanted(&key);
            let change = match (wanted, held) {
                (_, Some(held)) if !self.cluster.may_change(holder(held), &key.kind) => {
                    let is_taken = wanted.is_some() && holder(held) == Holder::Other;
                    let message = format!("{key} was written by a user, and stays");
                    self.judge(key, is_taken.then_some(Problem { reason: Reason::NameTaken, message }), &mut judged);
                    continue;
                }
                (Some(wanted), Some(held)) => {
                    let wanted = merged(wanted, held);
                    (wanted != *held).then(|| Change::Put(Resource::clone(&wanted)))
                }
                (Some(wanted), None) => Some(Change::Put(Resource::clone(wanted))),
                (None, Some(_)) => Some(Change::Delete(key.clone())),
                (None, None) => None,
            };
            match change {
                // It is judged by how that goes.
                Some(change) => changes.push(change),
                None => self.judge(key, None, &mut judged),
            }
        }
        if !changes.is_empty() {
            self.write_converted(now, changes, &mut judged, out);
        }
        self.judged(judged, out);
        self.provide(now, false, out);
    }

    /// All at once, or, if there is one that is refused, in halves: it keeps back no other.
    fn write_converted(&mut self, now: Mono, mut changes: Vec<Change>, judged: &mut BTreeSet<ObjectId>, out: &mut Out<ZoneEffect>) {
        let mut writes = Writes::default();
        for kind in &self.cluster.moved {
            writes.put(records::kubernetes(*kind), &(kind, self.cluster.known.get(kind).copied().unwrap_or_default()));
        }
        // Writing makes more be written, of which this is then known.
        let moved = std::mem::take(&mut self.cluster.moved);
        let Err(refused) = self.write_beside(now, changes.clone(), writes, out) else {
            return changes.into_iter().for_each(|change| self.judge(change.key().clone(), None, judged));
        };
        self.cluster.moved.extend(moved);
        if changes.len() > 1 {
            let rest = changes.split_off(changes.len() / 2);
            self.write_converted(now, changes, judged, out);
            return self.write_converted(now, rest, judged, out);
        }
        for change in changes {
            let key = change.key().clone();
            let reason = match self.cluster.conversion.get(&key) {
                Some(_) if key.kind == Kind::mesh_service() => Reason::FailedToGenerateMeshService,
                Some(_) => Reason::FailedToGenerateKumaDataplane,
                None => Reason::Refused,
            };
            self.judge(key, Some(Problem { reason, message: refused.to_string() }), judged);
        }
    }

    /// Takes note of what keeps a resource from being written, or that nothing does.
    fn judge(&mut self, key: Key, problem: Option<Problem>, judged: &mut BTreeSet<ObjectId>) {
        let before = self.cluster.refused.get(&key);
        if before == problem.as_ref() {
            return;
        }
        judged.extend(self.cluster.object_of(&key));
        match problem {
            Some(problem) => self.cluster.refused.insert(key, problem),
            None => self.cluster.refused.remove(&key),
        };
    }

    /// Whether whoever is no object of the cluster may write these.
    pub(super) fn may_write(&self, changes: &[Change]) -> Result<(), EditRefused> {
        for change in changes {
            let key = change.key();
            if let Some(held) = self.catalog.get(key).filter(|held| holder(held) != Holder::Other) {
                return Err(EditRefused::NotOwner { key: key.clone(), owner: made_of(held) });
            }
            if let Change::Put(resource) = change
                && holder(resource) != Holder::Other
            {
                let by = resource.labels.get(labels::MANAGED_BY).map_or("", String::as_str);
                let message = format!("`{by}` is for what is made of objects of Kubernetes");
                let field = format!("labels[\"{}\"]", labels::MANAGED_BY);
                return Err(EditRefused::Invalid(vec![Violation { key: key.clone(), field, message }]));
            }
        }
        Ok(())
    }
}

fn identity(change: &ObjectChange) -> (ObjectId, u64) {
    match change {
        ObjectChange::Put(Ok(object)) => (object.id(), object.version()),
        ObjectChange::Put(Err(unreadable)) => (unreadable.id.clone(), unreadable.version),
        ObjectChange::Gone { id, version } => (id.clone(), *version),
    }
}
