//! The zone's proxies are pods: what their cluster says becomes `Dataplane`s and `MeshService`s of the zone, which are stored, synced and served as
//! all others are.
//!
//! *To delete is to have known.* Until every kind of objects has been listed once since the start, all stays as it was stored; a list that is older
//! than what something here was made of counts for nothing, and is shown, until a newer one comes or an operator adopts. What is to be is worked out
//! anew for whatever changed, and written if it is not so. What a user has written is left as it is.
use super::{ZoneNode, identities};
use crate::{
    kubernetes::{
        self, Change as ObjectChange, Conversion, Converted, MeshServicesOf, News, ObjectId, ObjectKind, Place, Problem, Reason, Seen,
    },
    machine::{Durable, Out, RecoverError},
    node::{Change, EditRefused, ObservationChange, StaleList, Violation, ZoneEffect},
    records::{self, Writes},
    resource::{
        Key, Kind, Resource, Spec, labels,
        model::{self, MeshServicesMode, Model},
    },
    sync::catalog::Write,
    time::Mono,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What is known of the cluster.
#[derive(Debug)]
pub(super) struct Cluster {
    conversion: Conversion,
    /// Since this start.
    listed: BTreeSet<ObjectKind>,
    /// The newest version of each kind that is known.
    known: BTreeMap<ObjectKind, u64>,
    /// Lists that are older than that.
    aside: BTreeMap<ObjectKind, (u64, Vec<Seen>)>,
    /// What may not be as it is to be.
    unsettled: BTreeSet<Key>,
    /// What cannot be written, and why.
    refused: BTreeMap<Key, Problem>,
}

impl Cluster {
    /// Nothing was listed yet.
    pub(super) fn recover<'a>(
        place: Place,
        durable: &Durable,
        meshes: impl Iterator<Item = &'a Arc<Resource>>,
    ) -> Result<Self, RecoverError> {
        let mut conversion = Conversion::new(place);
        for mesh in meshes {
            conversion.mesh(mesh.key.name.as_str(), Some(services_of(mesh)));
        }
        let mut known = BTreeMap::new();
        for (key, _, bytes) in records::below(durable, records::KUBERNETES) {
            let (kind, version): (ObjectKind, u64) = records::parse(key, bytes)?;
            known.insert(kind, version);
        }
        let (listed, aside, unsettled, refused) = Default::default();
        Ok(Self { conversion, listed, known, aside, unsettled, refused })
    }

    /// Whether lists wait that are older than what is known.
    pub(super) fn is_frozen(&self) -> bool {
        !self.aside.is_empty()
    }

    fn is_whole(&self) -> bool {
        ObjectKind::ALL.iter().all(|kind| self.listed.contains(kind))
    }

    fn know(&mut self, kind: ObjectKind, version: u64) {
        let known = self.known.entry(kind).or_default();
        *known = version.max(*known);
    }

    /// What is wrong with an object, also of what could not be written of it.
    fn problems(&self, id: &ObjectId) -> Vec<Problem> {
        let mut problems = self.conversion.problems(id);
        let refused = self.refused.iter().filter(|(key, _)| self.conversion.object_of(key).as_ref() == Some(id));
        problems.extend(refused.map(|(_, problem)| problem.clone()));
        problems
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

/// Whether a resource was made of an object.
fn is_converted(resource: &Resource) -> bool {
    is_about(resource.kind()) && resource.labels.get(labels::MANAGED_BY).is_some_and(|by| by == kubernetes::BY)
}

fn is_about(kind: &Kind) -> bool {
    *kind == Kind::dataplane() || *kind == Kind::zone_ingress() || *kind == Kind::mesh_service()
}

/// The object of which a resource was made, by what it says.
fn made_of(resource: &Resource) -> String {
    let said = |label: &str| resource.labels.get(label).map_or("", String::as_str);
    let namespace = said(labels::NAMESPACE);
    if *resource.kind() == Kind::mesh_service() {
        format!("in Kubernetes, by Service {namespace}/{}", said("k8s.kuma.io/service-name"))
    } else {
        format!("in Kubernetes, by Pod {namespace}/{}", resource.display_name())
    }
}

/// A service as it is to be. What was said of those who serve it stays.
fn merged(wanted: &Arc<Resource>, held: &Resource) -> Arc<Resource> {
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
                    let (kind, version) = match change {
                        ObjectChange::Put(Ok(object)) => (object.id().kind, object.version()),
                        ObjectChange::Put(Err(unreadable)) => (unreadable.id.kind, unreadable.version),
                        ObjectChange::Gone { id, version } => (id.kind, *version),
                    };
                    self.cluster.know(kind, version);
                }
                let converted = self.cluster.conversion.take(News::Changed(changes));
                self.converted(now, converted, out);
            }
        }
    }

    fn take_list(&mut self, now: Mono, kind: ObjectKind, version: u64, objects: Vec<Seen>, out: &mut Out<ZoneEffect>) {
        let is_told = self.cluster.listed.contains(&kind) && !self.cluster.aside.contains_key(&kind);
        self.cluster.aside.remove(&kind);
        self.cluster.know(kind, version);
        let was_whole = self.cluster.is_whole();
        self.cluster.listed.insert(kind);
        let converted = self.cluster.conversion.take(News::Listed { kind, version, objects });
        if self.cluster.is_whole() && !was_whole {
            // What was stored is judged now, once.
            let held = self.catalog.resources().filter(|held| is_converted(held)).map(|held| held.key.clone());
            let wanted = self.cluster.conversion.resources().map(|wanted| wanted.key.clone());
            self.cluster.unsettled.extend(held.chain(wanted).collect::<Vec<_>>());
        }
        if !is_told {
            self.outbox.observed(ObservationChange::Listed { kind, stale: None }, out);
        }
        self.converted(now, converted, out);
    }

    /// An operator says that the cluster's history is what its lists say, although it went back.
    pub(super) fn adopt_cluster(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        for (kind, (version, objects)) in std::mem::take(&mut self.cluster.aside) {
            self.cluster.known.insert(kind, version);
            self.cluster.conversion.forget_versions(kind);
            // It is told, as if it were the first.
            self.cluster.aside.insert(kind, (version, Vec::new()));
            self.take_list(now, kind, version, objects, out);
        }
    }

    fn converted(&mut self, now: Mono, converted: Converted, out: &mut Out<ZoneEffect>) {
        self.cluster.unsettled.extend(converted.resources.into_keys());
        for id in converted.problems.into_keys() {
            let problems = self.cluster.problems(&id);
            self.outbox.observed(ObservationChange::Object { id, problems }, out);
        }
        self.settle_cluster(now, out);
    }

    /// Takes over what was written, as far as it is about what is made of objects.
    pub(super) fn hear_writes(&mut self, now: Mono, written: &[Write], out: &mut Out<ZoneEffect>) {
        let mut meshes = Converted::default();
        if written.iter().any(|write| is_about(&write.key().kind)) {
            // What was in the way may be gone.
            self.cluster.unsettled.extend(self.cluster.refused.keys().cloned());
        }
        for write in written {
            let key = write.key();
            if key.kind == Kind::mesh() {
                let services = write.resource().map(|mesh| services_of(mesh));
                let converted = self.cluster.conversion.mesh(key.name.as_str(), services);
                meshes.resources.extend(converted.resources);
                meshes.problems.extend(converted.problems);
            } else if is_about(&key.kind) && self.cluster.conversion.get(key).is_some() {
                self.cluster.unsettled.insert(key.clone());
            }
        }
        self.converted(now, meshes, out);
    }

    /// Makes what is made of objects what it is to be.
    fn settle_cluster(&mut self, now: Mono, out: &mut Out<ZoneEffect>) {
        if !self.cluster.is_whole() || self.cluster.unsettled.is_empty() {
            return;
        }
        let (mut changes, mut judged) = (Vec::new(), BTreeSet::new());
        for key in std::mem::take(&mut self.cluster.unsettled) {
            let held = self.catalog.get(&key);
            let is_others = held.is_some_and(|held| !is_converted(held));
            let wanted = self.cluster.conversion.get(&key);
            let change = match (wanted, held) {
                (Some(_), Some(_)) if is_others => {
                    let message = format!("{key} was written by a user, and stays");
                    self.judge(key, Some(Problem { reason: Reason::NameTaken, message }), &mut judged);
                    continue;
                }
                (Some(wanted), Some(held)) => {
                    let wanted = merged(wanted, held);
                    (wanted != *held).then(|| Change::Put(Resource::clone(&wanted)))
                }
                (Some(wanted), None) => Some(Change::Put(Resource::clone(wanted))),
                (None, Some(_)) if !is_others => Some(Change::Delete(key.clone())),
                (None, _) => None,
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
        for id in judged {
            let problems = self.cluster.problems(&id);
            self.outbox.observed(ObservationChange::Object { id, problems }, out);
        }
        self.provide(now, false, out);
    }

    /// All at once, or, if there is one that is refused, in halves: it keeps back no other.
    fn write_converted(&mut self, now: Mono, mut changes: Vec<Change>, judged: &mut BTreeSet<ObjectId>, out: &mut Out<ZoneEffect>) {
        let mut writes = Writes::default();
        for (kind, version) in &self.cluster.known {
            writes.put(records::kubernetes(*kind), &(kind, version));
        }
        let Err(refused) = self.write_beside(now, changes.clone(), writes, out) else {
            return changes.into_iter().for_each(|change| self.judge(change.key().clone(), None, judged));
        };
        if changes.len() > 1 {
            let rest = changes.split_off(changes.len() / 2);
            self.write_converted(now, changes, judged, out);
            return self.write_converted(now, rest, judged, out);
        }
        for change in changes {
            let key = change.key().clone();
            let is_service = key.kind == Kind::mesh_service();
            let reason = if is_service { Reason::FailedToGenerateMeshService } else { Reason::FailedToGenerateKumaDataplane };
            self.judge(key, Some(Problem { reason, message: refused.to_string() }), judged);
        }
    }

    /// Takes note of what keeps a resource from being written, or that nothing does.
    fn judge(&mut self, key: Key, problem: Option<Problem>, judged: &mut BTreeSet<ObjectId>) {
        let before = self.cluster.refused.get(&key);
        if before == problem.as_ref() {
            return;
        }
        judged.extend(self.cluster.conversion.object_of(&key));
        match problem {
            Some(problem) => self.cluster.refused.insert(key, problem),
            None => self.cluster.refused.remove(&key),
        };
    }

    /// Whether whoever is no object of the cluster may write these.
    pub(super) fn may_write(&self, changes: &[Change]) -> Result<(), EditRefused> {
        for change in changes {
            let key = change.key();
            if let Some(held) = self.catalog.get(key).filter(|held| is_converted(held)) {
                return Err(EditRefused::NotOwner { key: key.clone(), owner: made_of(held) });
            }
            if let Change::Put(resource) = change
                && is_converted(resource)
            {
                let message = format!("`{}` is for what is made of objects of Kubernetes", kubernetes::BY);
                let field = format!("labels[\"{}\"]", labels::MANAGED_BY);
                return Err(EditRefused::Invalid(vec![Violation { key: key.clone(), field, message }]));
            }
        }
        Ok(())
    }
}
