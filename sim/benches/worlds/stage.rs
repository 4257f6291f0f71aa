//! Worlds to measure, and time that passes in them.
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};
use strait_core::{
    Seed,
    node::{Change, Ticket},
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName},
    sync::Dialect,
};
use strait_scenarios::{
    event::NodeId,
    world::{Link, Setup, World, WorldKind},
};

pub(crate) fn zone(number: u32) -> ZoneName {
    ZoneName::new(&format!("zone-{number}")).unwrap()
}

pub(crate) fn setup(zones: u32) -> Setup {
    let link = Link { delay: Duration::from_millis(20), jitter: Duration::from_millis(2), ..Link::default() };
    let zones: BTreeMap<_, _> = (0..zones).map(|number| (zone(number), Dialect::Strait)).collect();
    let links = zones.keys().map(|zone| (zone.clone(), link)).collect();
    Setup {
        seed: Seed(1),
        global: Dialect::Strait,
        zones,
        links,
        joins: Default::default(),
        stores: Default::default(),
        limits: Default::default(),
        too_old: Default::default(),
        proxies: Default::default(),
        clusters: Default::default(),
        ingresses: Default::default(),
        moves: Default::default(),
        between: Default::default(),
        forwarders: Default::default(),
        lacks: Default::default(),
        sabotage: None,
    }
}

/// A world with so many zones, all of which have a session.
pub(crate) fn world(kind: WorldKind, zones: u32) -> Box<dyn World> {
    let mut world = strait_sim::world(kind, &setup(zones)).unwrap();
    pass(world.as_mut(), 5000);
    world
}

/// Lets so many milliseconds pass. Returns how much happened.
pub(crate) fn pass(world: &mut dyn World, ms: u64) -> usize {
    let until = world.now().after(Duration::from_millis(ms));
    let mut events = 0;
    loop {
        match world.advance(until).len() {
            0 if world.now() >= until => return events,
            more => events += more,
        }
    }
}

pub(crate) fn put(kind: &str, mesh: Option<&str>, name: &str, spec: serde_json::Value) -> Change {
    let mesh = mesh.map(|mesh| MeshName::new(mesh).unwrap());
    let key = Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new(name).unwrap() };
    Change::Put(Resource { key, labels: Labels::new(), spec: Spec::new(spec), status: None })
}

/// The nth edit of the mesh, different from the one before; it reaches every zone.
pub(crate) fn edit(world: &mut dyn World, nth: &mut u64, zones: usize) -> usize {
    *nth += 1;
    let spec = serde_json::json!({"networking": {"outbound": {"passthrough": nth.is_multiple_of(2)}}});
    world.edit(&NodeId::Global, Ticket(*nth), vec![put("Mesh", None, "default", spec)]);
    let events = pass(world, 500);
    assert!(events > 3 * zones, "only {events} events: the edit did not reach {zones} zones");
    events
}

/// So many events through a plain heap: what an agenda costs at least.
pub(crate) fn heap(events: u64) -> u64 {
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> = (0..1000).map(|at| Reverse((at, at))).collect();
    (0..events).fold(0, |sum, event| {
        let Reverse((at, what)) = heap.pop().unwrap();
        heap.push(Reverse((at + 20, event)));
        sum ^ what
    })
}
