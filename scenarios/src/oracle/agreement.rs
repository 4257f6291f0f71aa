//! Whether a zone and global hold of each other exactly what they should, compared resource by resource.
use super::{audience, entitlement::Rules, sameness::same_spec, wire};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use strait_core::{
    node::Observation,
    resource::{Key, Kind, Origin, Resource, ZoneName},
};

/// Each resource of a provider, in the versions in which it may be held.
type Copies = BTreeMap<Key, Vec<Resource>>;

/// What a receiver hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hears {
    /// Everything.
    All,
    /// A plain Kuma zone under a global of ours: nothing of a kind that global never held. What it has of such a kind stays.
    KnownKinds,
    /// From a plain Kuma: nothing as long as that has nothing at all to send. It takes no snapshot then and answers nobody, so that what was
    /// left over from before stays.
    UnlessEmpty,
}

/// What the two ends of a link hear of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hearing {
    /// The zone, of global.
    pub(crate) down: Hears,
    /// Global, of the zone.
    pub(crate) up: Hears,
}

/// What goes with a mesh that users delete on global.
#[derive(Clone, Copy)]
pub(crate) enum MeshGoes<'a> {
    /// What global made in it.
    WithItsOwn,
    /// A plain Kuma global: also what zones announced in it, without a word to them. When the mesh comes back, that does not, until it
    /// changes or its zone has another session. Says of what the mesh went after it was written.
    WithAll(&'a dyn Fn(&Key) -> bool),
}

/// What one of the two lacks, has too much, or has in another version. What a receiver rejects does not count.
pub(crate) fn disagreement(
    global: &Observation,
    here: &Observation,
    zone: &ZoneName,
    hears: Hearing,
    goes: MeshGoes<'_>,
    understands: &dyn Fn(&Resource) -> bool,
) -> Option<String> {
    let rejected = |key: &Key| [global, here].iter().any(|end| end.peers.get(zone).is_some_and(|peer| peer.rejected.contains_key(key)));
    let rules = Rules::of(global.view.resources.values().map(AsRef::as_ref));
    let is_for = |held: &&Arc<Resource>| audience::is_for(held, zone) && understands(held) && rules.closes(held, zone).is_none();
    let of_global = global.view.resources.values().filter(is_for).map(|held| vec![wire::down(held)]);
    let in_zone = here.view.resources.values().filter(|held| held.origin() == Some(Origin::Global));
    let has_mesh = |held: &Resource| {
        let is_it = |mesh: &str| global.view.resources.keys().any(|key| key.kind == Kind::mesh() && key.name.as_str() == mesh);
        matches!(goes, MeshGoes::WithItsOwn) || held.mesh().is_none_or(|mesh| is_it(mesh.as_str()))
    };
    let is_announced = |held: &&Arc<Resource>| held.origin() != Some(Origin::Global) && audience::leaves(held) && has_mesh(held);
    let of_zone = here.view.resources.values().filter(is_announced).map(|held| {
        let sent = wire::up(zone, held);
        wire::pinned(zone, &sent).into_iter().chain([sent]).collect()
    });
    let on_global = global
        .view
        .resources
        .values()
        .filter(|held| audience::is_zone_made(held) && audience::home(held) == Some(zone.as_str()) && has_mesh(held));
    let went = |held: &&Arc<Resource>| matches!(goes, MeshGoes::WithAll(went) if went(&held.key));
    let lost: BTreeSet<Key> = here.view.resources.values().filter(went).map(|held| wire::up(zone, held).key).collect();
    differ(&format!("zone {zone}"), &by_key(of_global), in_zone, &rejected, &|_| false, hears.down)
        .or_else(|| differ("global", &by_key(of_zone), on_global, &rejected, &|key| lost.contains(key), hears.up))
}

fn by_key(versions: impl Iterator<Item = Vec<Resource>>) -> Copies {
    versions.filter_map(|versions| Some((versions.first()?.key.clone(), versions))).collect()
}

fn differ<'a>(
    receiver: &str,
    expected: &Copies,
    held: impl Iterator<Item = &'a Arc<Resource>>,
    rejected: &dyn Fn(&Key) -> bool,
    may_lack: &dyn Fn(&Key) -> bool,
    hears: Hears,
) -> Option<String> {
    let held: BTreeMap<&Key, &Resource> = held.map(|held| (&held.key, held.as_ref())).collect();
    let wrong = expected.iter().find_map(|(key, versions)| match held.get(key) {
        _ if rejected(key) => None,
        None if may_lack(key) => None,
        None => Some(format!("{receiver} lacks {key}")),
        Some(held) if versions.iter().any(|version| same_spec(version, held)) => None,
        Some(_) => Some(format!("{receiver} holds another version of {key}")),
    });
    let is_heard = |key: &Key| match hears {
        Hears::All => true,
        Hears::KnownKinds => expected.keys().any(|known| known.kind == key.kind),
        Hears::UnlessEmpty => !expected.is_empty(),
    };
    let surplus = || held.keys().find(|key| !expected.contains_key(**key) && is_heard(key) && !rejected(key));
    wrong.or_else(|| surplus().map(|key| format!("{receiver} holds {key}, which is no more")))
}
