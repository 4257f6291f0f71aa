//! Whether a user's edit may be written here: names, owner, mesh, spec. All changes of an edit apply, or none.
use super::{Change, EditRefused, Violation};
use crate::{
    resource::{Key, MeshName, Resource, Scope, WireKey, labels, model, unfit},
    sync::{catalog::Catalog, catalog::Write, wire_key},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Says whether a resource that a user writes can be said on the wire, and if not, why. The encodings are the driver's.
pub type Fits = fn(&Resource) -> Result<(), String>;

/// What an edit is judged against.
pub(crate) struct Ground<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) lane: crate::sync::Lane,
    /// Whether it can be said on the wire.
    pub(crate) fits: Fits,
    /// The meshes there are.
    pub(crate) meshes: BTreeSet<MeshName>,
}

impl Ground<'_> {
    /// Checks one resource, prepared for this store.
    pub(crate) fn check(&self, resource: &Resource) -> Vec<Violation> {
        let violation = |field: &str, message: String| Violation { key: resource.key.clone(), field: field.to_owned(), message };
        let mut violations = Vec::new();
        match (resource.kind().facts().map(|facts| facts.scope), resource.mesh()) {
            (Some(Scope::Mesh), None) => violations.push(violation("mesh", format!("must be set: {} belongs to a mesh", resource.kind()))),
            (Some(Scope::Global), Some(_)) => {
                violations.push(violation("mesh", format!("must not be set: {} belongs to no mesh", resource.kind())));
            }
            (_, Some(mesh)) if !self.meshes.contains(mesh) => {
                let there_are = self.meshes.iter().map(MeshName::as_str).collect::<Vec<_>>().join(", ");
                let there_are = if there_are.is_empty() { "there is none".to_owned() } else { format!("there are: {there_are}") };
                violations.push(violation("mesh", format!("mesh `{mesh}` does not exist; {there_are}")));
            }
            _ => {}
        }
        violations.extend(self.check_labels(resource));
        if let Some(why) = resource.spec.undecodable_because() {
            violations.push(violation("spec", why.to_owned()));
        }
        if let Some((field, message)) = unfit(resource) {
            violations.push(violation(field, message));
        }
        if let Err(why) = (self.fits)(resource) {
            violations.push(violation("spec", why));
        }
        let wrong = model::validate(resource);
        // Of what is wrong anyway a proxy is not asked, too.
        let wrong = if wrong.is_empty() { model::beyond_proxies(resource) } else { wrong };
        violations.extend(wrong.into_iter().map(|(field, message)| violation(&field, message)));
        violations
    }

    fn check_labels(&self, resource: &Resource) -> Vec<Violation> {
        let violation =
            |label: &str, message: String| Violation { key: resource.key.clone(), field: format!("labels[\"{label}\"]"), message };
        let mut violations = Vec::new();
        if let Some(held) = self.catalog.get(&resource.key) {
            for label in [labels::ORIGIN, labels::ZONE, labels::DISPLAY_NAME] {
                let (before, after) = (held.labels.get(label), resource.labels.get(label));
                if before != after {
                    let text = |value: Option<&String>| value.map_or_else(|| "absent".to_owned(), |value| format!("`{value}`"));
                    violations.push(violation(label, format!("cannot change: it is {}, not {}", text(before), text(after))));
                }
            }
        }
        if let Some(other) = self.catalog.named(&wire_key(self.lane, resource))
            && *other != resource.key
        {
            violations
                .push(violation(labels::DISPLAY_NAME, format!("`{}` is the display name of {other} already", resource.display_name())));
        }
        violations
    }
}

/// Turns an edit into writes, or says everything that is wrong with it. `prepare` makes a user's resource one of this store, or
/// says who owns it; `expand` adds what a deletion takes along.
pub(crate) fn admit_edit(
    changes: Vec<Change>,
    ground: &mut Ground<'_>,
    prepare: &dyn Fn(Resource) -> Result<Resource, EditRefused>,
    expand: &dyn Fn(&Key) -> Result<Vec<Key>, EditRefused>,
) -> Result<Vec<Write>, EditRefused> {
    let (mut writes, mut violations) = (Vec::new(), repeated(&changes));
    for change in &changes {
        // A resource needs the mesh that there is once all of the edit is done.
        if let ("Mesh", Ok(mesh)) = (change.key().kind.as_str(), MeshName::new(change.key().name.as_str())) {
            match change {
                Change::Put(_) => ground.meshes.insert(mesh),
                Change::Delete(_) => ground.meshes.remove(&mesh),
            };
        }
    }
    let mut named: BTreeMap<WireKey, Key> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Put(resource) => {
                let resource = prepare(resource)?;
                violations.extend(ground.check(&resource));
                if let Some(other) = named.insert(wire_key(ground.lane, &resource), resource.key.clone())
                    && other != resource.key
                {
                    let message = format!("`{}` is the display name of {other}, too", resource.display_name());
                    let field = format!("labels[\"{}\"]", labels::DISPLAY_NAME);
                    violations.push(Violation { key: resource.key.clone(), field, message });
                }
                writes.push(Write::Put(Arc::new(resource)));
            }
            Change::Delete(key) => {
                writes.extend(expand(&key)?.into_iter().map(Write::Delete));
                writes.push(Write::Delete(key));
            }
        }
    }
    if violations.is_empty() { Ok(writes) } else { Err(EditRefused::Invalid(violations)) }
}

/// An edit has no order, so that it says of each resource one thing.
fn repeated(changes: &[Change]) -> Vec<Violation> {
    let mut seen = BTreeSet::new();
    let twice = changes.iter().map(Change::key).filter(|key| !seen.insert(*key));
    let violation = |key: &Key| Violation { key: key.clone(), field: "name".to_owned(), message: "stands twice in one edit".to_owned() };
    twice.map(violation).collect()
}
