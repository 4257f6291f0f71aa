//! How fast the worlds are: an edit that reaches many zones, and quiet time. Floor: as many events through a plain heap.
#![allow(missing_docs, clippy::unwrap_used)]
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{cmp::Reverse, collections::BinaryHeap, hint::black_box, time::Duration};
use strait_core::{
    Seed,
    node::{Change, Ticket},
    resource::{Key, Kind, Labels, Resource, ResourceName, Spec, ZoneName},
    sync::Dialect,
};
use strait_scenarios::{
    event::NodeId,
    world::{Link, Setup, World, WorldKind},
};

/// The same number of events as an edit to so many zones causes, about.
const EVENTS_PER_ZONE: u64 = 12;

fn world(kind: WorldKind, zones: u32) -> Box<dyn World> {
    let names = (0..zones).map(|number| ZoneName::new(&format!("zone-{number}")).unwrap());
    let link = Link { delay: Duration::from_millis(20), jitter: Duration::from_millis(2) };
    let zones: std::collections::BTreeMap<_, _> = names.map(|zone| (zone, Dialect::Strait)).collect();
    let links = zones.keys().map(|zone| (zone.clone(), link)).collect();
    let mut world = strait_sim::world(kind, &Setup { seed: Seed(1), global: Dialect::Strait, zones, links, sabotage: None }).unwrap();
    pass(world.as_mut(), 5000);
    world
}

fn pass(world: &mut dyn World, ms: u64) -> usize {
    let until = world.now().after(Duration::from_millis(ms));
    let mut events = 0;
    loop {
        match world.advance(until).len() {
            0 if world.now() >= until => return events,
            more => events += more,
        }
    }
}

/// The nth edit, different from the one before; it reaches every zone.
fn edit(world: &mut dyn World, nth: &mut u64, zones: usize) -> usize {
    *nth += 1;
    let key = Key { kind: Kind::mesh(), mesh: None, name: ResourceName::new("default").unwrap() };
    let spec = Spec::new(serde_json::json!({"networking": {"outbound": {"passthrough": nth.is_multiple_of(2)}}}));
    let mesh = Resource { key, labels: Labels::new(), spec, status: None };
    world.edit(&NodeId::Global, Ticket(*nth), vec![Change::Put(mesh)]);
    let events = pass(world, 500);
    assert!(events > 3 * zones, "only {events} events: the edit did not reach {zones} zones");
    events
}

fn heap(events: u64) -> u64 {
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> = (0..1000).map(|at| Reverse((at, at))).collect();
    (0..events).fold(0, |sum, event| {
        let Reverse((at, what)) = heap.pop().unwrap();
        heap.push(Reverse((at + 20, event)));
        sum ^ what
    })
}

fn worlds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("worlds");
    group.sample_size(10);
    for zones in [10, 1000] {
        group.bench_function(format!("model: an edit reaches {zones} zones"), |bench| {
            let (mut world, mut nth) = (world(WorldKind::Model, zones), 0);
            bench.iter(|| edit(world.as_mut(), &mut nth, zones as usize));
        });
        group.bench_function(format!("floor: a heap with as many events, {zones} zones"), |bench| {
            bench.iter(|| heap(black_box(EVENTS_PER_ZONE * u64::from(zones))));
        });
    }
    group.bench_function("model: a quiet minute, 100 zones", |bench| {
        bench.iter_batched_ref(|| world(WorldKind::Model, 100), |world| pass(world.as_mut(), 60_000), BatchSize::PerIteration);
    });
    group.bench_function("turmoil: an edit reaches 5 zones", |bench| {
        let (mut world, mut nth) = (world(WorldKind::Turmoil, 5), 0);
        bench.iter(|| edit(world.as_mut(), &mut nth, 5));
    });
    group.finish();
}

criterion_group!(benches, worlds);
criterion_main!(benches);
