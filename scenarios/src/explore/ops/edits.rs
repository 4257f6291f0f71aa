//! What users write and delete.
use super::{OpClass, OpFacts, Sight, Written};
use crate::{
    event::NodeId,
    explore::{case::mesh_name, op::Pick, resources},
};
use serde_json::{Value, json};
use strait_core::resource::{Key, Kind, Labels, Resource, ResourceName, Spec, to_json};

/// Meshes that users make and delete, beside those of the topology.
const MESHES: usize = 4;
/// So many come and go at once at most.
const MANY: usize = 16;

pub(super) const PUT: OpFacts = OpFacts {
    name: "put",
    weight: 10,
    class: OpClass::Workload,
    write: |pick, sight| {
        let at = pick.one_of(&sight.fair_up())?;
        let mesh = pick.one_of(&meshes_at(sight, &at));
        Written::step(apply(&at, &resources::draw(pick, &at, mesh)?))
    },
};

pub(super) const DELETE: OpFacts = OpFacts {
    name: "delete",
    weight: 5,
    class: OpClass::Workload,
    write: |pick, sight| {
        let (at, key) = one_written(pick, sight)?;
        Written::step(delete(&at, &key))
    },
};

/// The same name comes back with other contents.
pub(super) const RECREATE: OpFacts = OpFacts {
    name: "recreate",
    weight: 2,
    class: OpClass::Workload,
    write: |pick, sight| {
        let (at, key) = one_written(pick, sight)?;
        let spec = resources::other_spec(pick, &key.kind)?;
        let again = Resource { key: key.clone(), labels: Labels::new(), spec, status: None };
        Written::steps(vec![delete(&at, &key), apply(&at, &again)])
    },
};

/// A user writes or deletes what a control plane holds, whoever made it.
pub(super) const OVERWRITE: OpFacts = OpFacts {
    name: "overwrite",
    weight: 2,
    class: OpClass::Workload,
    write: |pick, sight| {
        let at = pick.one_of(&sight.fair_up())?;
        let held: Vec<&Resource> = sight.held(&at).into_iter().filter(|held| held.kind().as_str() != "Mesh").collect();
        let held = pick.one_of(&held)?;
        match (pick.below(3), resources::other_spec(pick, held.kind())) {
            (0, _) | (_, None) => Written::step(delete(&at, &held.key)),
            (_, Some(spec)) => Written::step(apply(&at, &Resource { key: held.key.clone(), labels: Labels::new(), spec, status: None })),
        }
    },
};

/// Many resources come and go, as proxies and services do.
pub(super) const COME_AND_GO: OpFacts = OpFacts {
    name: "come_and_go",
    weight: 1,
    class: OpClass::Workload,
    write: |pick, sight| {
        let at = pick.one_of(&sight.fair_up())?;
        let mesh = pick.one_of(&meshes_at(sight, &at))?;
        let (first, count) = (MANY * pick.below(4), 1 + pick.below(MANY));
        let many: Vec<Resource> = (first..first + count).filter_map(|number| resources::one_of_many(&at, &mesh, number)).collect();
        let come = many.iter().map(|resource| apply(&at, resource));
        Written::steps(come.chain(many.iter().map(|resource| delete(&at, &resource.key))).collect())
    },
};

/// So much is written on global that no session may have all of it under way, and at the same time much in a zone.
pub(super) const BULK: OpFacts = OpFacts {
    name: "bulk",
    weight: 2,
    class: OpClass::Heavy,
    write: |pick, sight| {
        // A plain Kuma has no window.
        // Over a link that is narrow it would take for ever to look at.
        let can = sight.is_strait(&NodeId::Global) && sight.has_fair_global() && sight.behind.changed_links.is_empty();
        let mesh = pick.one_of(&meshes_at(sight, &NodeId::Global)).filter(|_| can)?;
        // Once: what is written more often makes a file that is too long to be read again.
        if sight.has_bulk() {
            return None;
        }
        let has_mesh = |who: &NodeId| *who != NodeId::Global && meshes_at(sight, who).contains(&mesh);
        let zones: Vec<NodeId> = sight.fair_up().into_iter().filter(has_mesh).collect();
        let writers = std::iter::once(NodeId::Global).chain(pick.one_of(&zones));
        let all = writers.flat_map(|at| resources::bulk(&at, &mesh).into_iter().map(move |resource| apply(&at, &resource)));
        Written::steps(all.collect())
    },
};

/// A user of a zone takes the name that something of global's has there, or would have; half the time global's users make that then.
pub(super) const TAKE_NAME: OpFacts = OpFacts {
    name: "take_name",
    weight: 1,
    class: OpClass::Operator,
    write: |pick, sight| {
        let ours: Vec<NodeId> = sight.fair_up().into_iter().filter(|who| *who != NodeId::Global && sight.is_strait(who)).collect();
        let at = pick.one_of(&ours)?;
        let mesh = pick.one_of(&meshes_at(sight, &at));
        let (taken, of_global) = resources::taken_name(pick, mesh)?;
        let mut steps = vec![apply(&at, &taken)];
        if pick.below(2) == 0 && sight.has_fair_global() {
            steps.push(apply(&NodeId::Global, &of_global));
        }
        Written::steps(steps)
    },
};

pub(super) const PUT_MESH: OpFacts = OpFacts {
    name: "put_mesh",
    weight: 1,
    class: OpClass::Workload,
    write: |pick, sight| {
        let mesh = mesh_name(pick.below(MESHES)).filter(|_| sight.has_fair_global())?;
        let key = Key { kind: Kind::mesh(), mesh: None, name: ResourceName::new(mesh.as_str()).ok()? };
        let made = Resource { key, labels: Labels::new(), spec: Spec::new(json!({})), status: None };
        Written::step(apply(&NodeId::Global, &made))
    },
};

pub(super) const DELETE_MESH: OpFacts = OpFacts {
    name: "delete_mesh",
    weight: 1,
    class: OpClass::Workload,
    write: |pick, sight| {
        let mesh = pick.one_of(&meshes_at(sight, &NodeId::Global)).filter(|_| sight.has_fair_global())?;
        Written::step(json!({"delete": {"at": "global", "kind": "Mesh", "name": mesh}}))
    },
};

/// A proxy connects, or goes: what its control plane knows of it changes.
pub(super) const INSIGHT: OpFacts = OpFacts {
    name: "insight",
    weight: 2,
    class: OpClass::Workload,
    write: |pick, sight| {
        let zones: Vec<NodeId> = sight.fair_up().into_iter().filter(|who| *who != NodeId::Global).collect();
        let at = pick.one_of(&zones)?;
        let is_proxy = |key: &&Key| key.kind.as_str() == "Dataplane";
        let proxies: Vec<Key> = sight.scene().ledger.written_at(&at).filter(is_proxy).cloned().collect();
        let proxy = pick.one_of(&proxies)?;
        Written::step(apply(&at, &resources::insight(pick, proxy)?))
    },
};

/// Nobody does anything for a while.
pub(super) const IDLE: OpFacts = OpFacts {
    name: "idle",
    weight: 1,
    class: OpClass::Workload,
    write: |pick, _| Written::step(json!({"wait": format!("{}s", 1 + pick.below(30))})),
};

pub(super) fn meshes_at(sight: &Sight<'_>, at: &NodeId) -> Vec<String> {
    sight.held(at).into_iter().filter(|held| held.kind().as_str() == "Mesh").map(|mesh| mesh.key.name.to_string()).collect()
}

/// Something that a user has written at a control plane that is up. Meshes are not among it.
fn one_written(pick: &mut Pick, sight: &Sight<'_>) -> Option<(NodeId, Key)> {
    let ledger = sight.scene().ledger;
    let mut written = Vec::new();
    for at in sight.fair_up() {
        let here = ledger.written_at(&at).filter(|key| key.kind.as_str() != "Mesh");
        written.extend(here.map(|key| (at.clone(), key.clone())));
    }
    pick.one_of(&written)
}

pub(super) fn apply(at: &NodeId, resource: &Resource) -> Value {
    json!({"apply": {"at": at.to_string(), "inline": to_json(resource)}})
}

pub(super) fn delete(at: &NodeId, key: &Key) -> Value {
    match &key.mesh {
        Some(mesh) => json!({"delete": {"at": at.to_string(), "kind": key.kind, "mesh": mesh, "name": key.name}}),
        None => json!({"delete": {"at": at.to_string(), "kind": key.kind, "name": key.name}}),
    }
}
