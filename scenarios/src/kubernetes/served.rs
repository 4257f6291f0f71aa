//! Which kinds are served: the built-in ones, and those that definitions of custom kinds add.
use super::{
    resource::{Resource, Scale, defined},
    schema::built_in,
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// A group, a version, and the name in paths.
type Place = (String, String, String);

/// All kinds that are served.
#[derive(Debug)]
pub(super) struct Served {
    by_place: BTreeMap<Place, Arc<Resource>>,
    /// In the order in which discovery shows them.
    order: Vec<Place>,
}

/// The package of its schema, group, version, kind, plural, short names, whether it is namespaced, whether its status is apart.
type BuiltIn = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static [&'static str], bool, bool);

const CORE: &str = "io.k8s.api.core.v1";
const KEPT: &[BuiltIn] = &[
    (CORE, "", "v1", "ConfigMap", "configmaps", &["cm"], true, false),
    (CORE, "", "v1", "Event", "events", &["ev"], true, false),
    (CORE, "", "v1", "Namespace", "namespaces", &["ns"], false, true),
    (CORE, "", "v1", "Node", "nodes", &["no"], false, true),
    (CORE, "", "v1", "Pod", "pods", &["po"], true, true),
    (CORE, "", "v1", "Secret", "secrets", &[], true, false),
    (CORE, "", "v1", "ServiceAccount", "serviceaccounts", &["sa"], true, false),
    (CORE, "", "v1", "Service", "services", &["svc"], true, true),
    ("io.k8s.api.events.v1", "events.k8s.io", "v1", "Event", "events", &["ev"], true, false),
    ("io.k8s.api.apps.v1", "apps", "v1", "Deployment", "deployments", &["deploy"], true, true),
    ("io.k8s.api.apps.v1", "apps", "v1", "ReplicaSet", "replicasets", &["rs"], true, true),
    ("io.k8s.api.coordination.v1", "coordination.k8s.io", "v1", "Lease", "leases", &[], true, false),
    ("io.k8s.api.discovery.v1", "discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", &[], true, false),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1",
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        &["crd", "crds"],
        false,
        true,
    ),
];
/// Questions, which are answered and not kept.
const ASKED: &[(&str, &str, &str, &str)] = &[
    ("io.k8s.api.authentication.v1", "authentication.k8s.io", "TokenReview", "tokenreviews"),
    ("io.k8s.api.authentication.v1", "authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews"),
    ("io.k8s.api.authorization.v1", "authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
];
/// What `kubectl get all` shows.
const ALL: [&str; 4] = ["Pod", "Service", "Deployment", "ReplicaSet"];

impl Served {
    pub(super) fn new() -> Self {
        let mut served = Self { by_place: BTreeMap::new(), order: Vec::new() };
        for (package, group, version, kind, plural, short_names, namespaced, status) in KEPT {
            let scaled = *group == "apps";
            served.add(Resource {
                version: (*version).to_owned(),
                short_names: short_names.iter().map(|one| (*one).to_owned()).collect(),
                categories: if ALL.contains(kind) { vec!["all".to_owned()] } else { Vec::new() },
                namespaced: *namespaced,
                status: *status,
                scale: scaled.then(|| Scale { wished: ".spec.replicas".to_owned(), is: ".status.replicas".to_owned(), selector: None }),
                kept: true,
                ..plain(package, group, kind, plural)
            });
        }
        for (package, group, kind, plural) in ASKED {
            served.add(plain(package, group, kind, plural));
        }
        served
    }

    fn add(&mut self, resource: Resource) {
        let place = (resource.group.clone(), resource.version.clone(), resource.plural.clone());
        if self.by_place.insert(place.clone(), Arc::new(resource)).is_none() {
            self.order.push(place);
        }
    }

    /// Serves what these definitions say, and no longer what others said.
    pub(super) fn define<'a>(&mut self, definitions: impl Iterator<Item = &'a Value>) {
        let by_place = &mut self.by_place;
        self.order.retain(|place| {
            let built_in = !by_place[place].custom;
            if !built_in {
                by_place.remove(place);
            }
            built_in
        });
        definitions.flat_map(defined).for_each(|resource| self.add(resource));
    }

    pub(super) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.by_place.get(&(group.to_owned(), version.to_owned(), plural.to_owned()))
    }

    /// In any version.
    pub(super) fn by_id(&self, id: &str) -> Option<&Arc<Resource>> {
        self.all().find(|resource| resource.id() == id)
    }

    /// All of them, each version apart.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.order.iter().map(|place| &self.by_place[place])
    }

    /// Those whose objects are kept, each once.
    pub(super) fn kept(&self) -> Vec<Arc<Resource>> {
        let mut found: BTreeMap<String, Arc<Resource>> = BTreeMap::new();
        for resource in self.all().filter(|resource| resource.kept) {
            found.entry(resource.id()).or_insert_with(|| Arc::clone(resource));
        }
        found.into_values().collect()
    }

    /// The groups in their order, each with its versions.
    pub(super) fn groups(&self) -> Vec<(String, Vec<String>)> {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for resource in self.all() {
            match groups.iter_mut().find(|(group, _)| *group == resource.group) {
                None => groups.push((resource.group.clone(), vec![resource.version.clone()])),
                Some((_, versions)) if !versions.contains(&resource.version) => versions.push(resource.version.clone()),
                Some(_) => {}
            }
        }
        groups
    }

    pub(super) fn of(&self, group: &str, version: &str) -> Vec<Arc<Resource>> {
        self.all().filter(|resource| resource.group == group && resource.version == version).cloned().collect()
    }
}

fn plain(package: &str, group: &str, kind: &str, plural: &str) -> Resource {
    Resource {
        group: group.to_owned(),
        version: "v1".to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: false,
        status: false,
        scale: None,
        kept: false,
        custom: false,
        fields: Arc::clone(&built_in()[&format!("{package}.{kind}")]),
        raw_schema: None,
        columns: Vec::new(),
        selectable: Vec::new(),
        deprecation: None,
    }
}
