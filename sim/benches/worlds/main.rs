//! How fast the worlds are: an edit that reaches many zones, a busy mesh, cases judged by all invariants, a herd of zones, and quiet
//! time. Floor: about as many events through a plain heap.
#![allow(missing_docs, clippy::unwrap_used)]
mod load;
mod stage;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use load::Load;
use stage::{edit, heap, pass, world};
use std::{hint::black_box, path::Path};
use strait_core::Seed;
use strait_scenarios::{
    event::NodeId,
    language,
    runner::{Options, Verdict, run},
    world::{Disk, WorldKind},
};

/// The same number of events as an edit to so many zones causes, about.
const EVENTS_PER_ZONE: u64 = 12;
/// Protocol time of one sample of a busy mesh.
const BUSY_MS: u64 = 10_000;

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

/// Elements per second are simulated seconds per second.
fn busy(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("busy mesh");
    group.sample_size(10).throughput(Throughput::Elements(BUSY_MS / 1000));
    let mut load = Load::begin();
    let events = load.run(BUSY_MS);
    group.bench_function("model: 10 zones, 200 proxies, 10 changes of policies per second", |bench| bench.iter(|| load.run(BUSY_MS)));
    group.bench_function("floor: a heap with as many events", |bench| bench.iter(|| heap(black_box(events))));
    group.finish();
}

/// Elements per second are cases per second, on one core.
fn cases(criterion: &mut Criterion) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/worlds/case.yaml");
    let scenario = language::load(&file).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let mut seed = 0;
    let mut one = || {
        seed += 1;
        let options = Options::new(Seed(seed));
        let report = run(&scenario, WorldKind::Model, &options, &strait_sim::world);
        assert!(matches!(report.verdict, Verdict::Passed), "{:?}", report.verdict);
        report.events
    };
    let events = one();
    let mut group = criterion.benchmark_group("cases");
    group.sample_size(20).throughput(Throughput::Elements(1));
    group.bench_function("model: 3 zones, 6 proxies, about a minute, judged by all invariants", |bench| bench.iter(&mut one));
    group.bench_function("floor: a heap with as many events", |bench| bench.iter(|| heap(black_box(events))));
    group.finish();
}

/// Global comes back, and a thousand zones with it.
fn herd(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("herd");
    group.sample_size(10);
    let mut events = 0;
    group.bench_function("model: 1,000 zones connect anew after a restart of global, within 30 s", |bench| {
        bench.iter_batched_ref(
            || world(WorldKind::Model, 1000),
            |world| {
                world.restart(&NodeId::Global, Disk::Kept);
                events = pass(world.as_mut(), 30_000) as u64;
                let peers = world.observe(&NodeId::Global).map(|global| global.peers).unwrap_or_default();
                assert_eq!(peers.values().filter(|peer| peer.session.is_some()).count(), 1000);
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("floor: a heap with as many events", |bench| bench.iter(|| heap(black_box(events))));
    group.finish();
}

criterion_group!(benches, worlds, busy, cases, herd);
criterion_main!(benches);
