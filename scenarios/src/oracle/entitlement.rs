//! What global's `MeshZones` and `Zone`s say: which zones hold which meshes, and whose exports reach the others. As it is, and as it was.
use super::ledger::Ledger;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use strait_core::resource::{Labels, MeshName, Origin, Resource, ZoneName};

/// What global says at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rules {
    /// The specs of all `MeshZones` of a mesh.
    meshes: BTreeMap<String, Vec<Value>>,
    labels: BTreeMap<String, Labels>,
    disabled: BTreeSet<String>,
}

/// Why something is not for a zone although its kind and its author let it go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The zone does not hold that mesh.
    Mesh(String),
    /// The zone that made it is disabled, or does not hold the mesh.
    Home(String),
}

impl Rules {
    /// What these resources of global's say.
    pub(crate) fn of<'a>(resources: impl Iterator<Item = &'a Resource>) -> Self {
        let mut rules = Self::default();
        for resource in resources {
            let spec = resource.spec.value().cloned().unwrap_or_default();
            let name = resource.key.name.as_str().to_owned();
            match resource.kind().as_str() {
                "MeshZones" => rules.meshes.entry(mesh_of(resource).to_owned()).or_default().push(spec),
                "Zone" => {
                    if spec.get("enabled") == Some(&Value::Bool(false)) {
                        rules.disabled.insert(name.clone());
                    }
                    rules.labels.insert(name, resource.labels.clone());
                }
                _ => {}
            }
        }
        rules
    }

    /// Why this is not for the zone, if it is not.
    pub(crate) fn closes(&self, resource: &Resource, zone: &ZoneName) -> Option<Closed> {
        let mesh = mesh_of(resource);
        let lacks_it = |zone: &ZoneName| self.meshes.get(mesh).is_some_and(|specs| !specs.iter().any(|spec| self.names(spec, zone)));
        if lacks_it(zone) {
            return Some(Closed::Mesh(mesh.to_owned()));
        }
        let home = (resource.origin() == Some(Origin::Zone)).then(|| resource.zone()).flatten()?;
        (self.disabled.contains(home.as_str()) || lacks_it(&home)).then(|| Closed::Home(home.to_string()))
    }

    fn names(&self, spec: &Value, zone: &ZoneName) -> bool {
        let listed = spec.get("zones").and_then(Value::as_array);
        if listed.is_some_and(|zones| zones.iter().any(|listed| listed == zone.as_str())) {
            return true;
        }
        let wanted = spec.pointer("/zoneSelector/matchLabels").and_then(Value::as_object);
        let labels = self.labels.get(zone.as_str());
        wanted.is_some_and(|wanted| {
            wanted.iter().all(|(label, value)| labels.and_then(|labels| labels.get(label)).is_some_and(|has| value == has))
        })
    }
}

/// The mesh that a resource belongs to, or is; empty if neither.
fn mesh_of(resource: &Resource) -> &str {
    if resource.kind().as_str() == "Mesh" {
        return resource.key.name.as_str();
    }
    resource.mesh().map(MeshName::as_str).unwrap_or_default()
}

/// Whether a resource decides over what others are for whom.
pub(crate) fn is_rule(kind: &str) -> bool {
    ["MeshZones", "Zone"].contains(&kind)
}

/// What global said, from the beginning of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ages {
    /// Since when, and what.
    ages: Vec<(u64, Rules)>,
}

impl Ages {
    /// Global may say something else from this moment on.
    pub(crate) fn turn(&mut self, clock: u64, ledger: &Ledger) {
        let rules = Rules::of(ledger.now().map(AsRef::as_ref));
        if self.ages.last().map_or(rules != Rules::default(), |(_, last)| *last != rules) {
            self.ages.push((clock, rules));
        }
    }

    /// Why this is not for the zone now, if it is not.
    pub(crate) fn closes(&self, resource: &Resource, zone: &ZoneName) -> Option<Closed> {
        self.ages.last().and_then(|(_, rules)| rules.closes(resource, zone))
    }

    /// Why this was not for the zone at any moment from `since` on until `until`; `None` if it was at one.
    pub(crate) fn closed_throughout(&self, resource: &Resource, zone: &ZoneName, since: u64, until: u64) -> Option<Closed> {
        let mut why = None;
        for rules in self.during(since, until) {
            why = Some(rules.map(|rules| rules.closes(resource, zone)).unwrap_or_default()?);
        }
        why
    }

    /// Whether this was not for the zone at a moment from `since` on.
    pub(crate) fn closed_once(&self, resource: &Resource, zone: &ZoneName, since: u64) -> bool {
        self.during(since, u64::MAX).flatten().any(|rules| rules.closes(resource, zone).is_some())
    }

    /// What was said from `since` on until `until`; `None`: nothing yet.
    fn during(&self, since: u64, until: u64) -> impl Iterator<Item = Option<&Rules>> {
        let began = self.ages.partition_point(|(clock, _)| *clock <= since);
        let first = began.checked_sub(1).and_then(|index| self.ages.get(index)).map(|(_, rules)| rules);
        let later = self.ages.iter().skip(began).take_while(move |(clock, _)| *clock <= until);
        std::iter::once(first).chain(later.map(|(_, rules)| Some(rules)))
    }
}
