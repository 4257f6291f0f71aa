//! The hot paths of sync: one edit among many resources, a first transfer, a recovery. Floor: the same resources in a plain map.
#![allow(missing_docs, clippy::unwrap_used)]
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{collections::BTreeMap, hint::black_box};
use strait_core::{
    Durable, Emit, GlobalNode, Node, Out, Recover, Seed, Step,
    node::{Change, GlobalConfig, GlobalEffect, GlobalInput, Ticket},
    resource::{Key, Kind, Labels, MeshName, Resource, ResourceName, Spec, ZoneName},
    sync::{Dialect, Epoch, Hello, Lane, Lineage, Position, Request, RequestBody, Response, ResponseBody, Session},
    time::Now,
};

const HELD: u32 = 10_000;
const ZONES: u64 = 100;

fn policy(n: u32, attempts: u32) -> Resource {
    let spec = serde_json::json!({"targetRef": {"kind": "Mesh"}, "to": [{"targetRef": {"kind": "Mesh"}, "default": {"http": {"numRetries": attempts}}}]});
    Resource {
        key: Key {
            kind: Kind::new("MeshRetry").unwrap(),
            mesh: Some(MeshName::new("default").unwrap()),
            name: ResourceName::new(&format!("policy-{n}")).unwrap(),
        },
        labels: Labels::new(),
        spec: Spec::new(spec),
        status: None,
    }
}

fn step(node: &mut GlobalNode, disk: &mut Durable, step: Step<GlobalInput>) -> Vec<GlobalEffect> {
    let mut out = Out::new();
    node.handle(Now::default(), step, &mut out);
    perform(node, disk, out)
}

fn perform(node: &mut GlobalNode, disk: &mut Durable, mut out: Out<GlobalEffect>) -> Vec<GlobalEffect> {
    let mut effects = Vec::new();
    for emit in out.take() {
        match emit {
            Emit::Store(batch) => {
                batch.apply_to(disk);
                effects.extend(step(node, disk, Step::Stored { upto: batch.lsn }));
            }
            Emit::Effect(effect) => effects.push(effect),
            Emit::Observed(_) => {}
        }
    }
    effects
}

fn edit(changes: Vec<Change>) -> Step<GlobalInput> {
    Step::Input(GlobalInput::Edit { ticket: Ticket(1), changes })
}

fn filled() -> (GlobalNode, Durable) {
    filled_with(HELD)
}

fn filled_with(held: u32) -> (GlobalNode, Durable) {
    let mut disk = Durable::new();
    let mut out = Out::new();
    let mut node = GlobalNode::recover(GlobalConfig::new(), Seed(1), Now::default(), &disk, &mut out).unwrap();
    perform(&mut node, &mut disk, out);
    let mesh = Resource {
        key: Key { kind: Kind::mesh(), mesh: None, name: ResourceName::new("default").unwrap() },
        labels: Labels::new(),
        spec: Spec::new(serde_json::json!({})),
        status: None,
    };
    let changes = [Change::Put(mesh)].into_iter().chain((0..held).map(|n| Change::Put(policy(n, 1)))).collect();
    step(&mut node, &mut disk, edit(changes));
    (node, disk)
}

fn connect(node: &mut GlobalNode, disk: &mut Durable, n: u64) -> usize {
    connect_holding(node, disk, n, None)
}

fn connect_holding(node: &mut GlobalNode, disk: &mut Durable, n: u64, held: Option<Position>) -> usize {
    let (session, zone) = (Session(n), ZoneName::new(&format!("zone-{n}")).unwrap());
    step(node, disk, Step::Input(GlobalInput::Opened { session, zone: zone.clone(), dialect: Dialect::Strait }));
    let features = ["hash-suffix", "optional-top-level-target-ref"].map(str::to_owned).into();
    let hello = Hello { zone, lineage: Some(Lineage::born(Epoch(n))), features };
    let body = RequestBody::SubscribeAll { hello, held, staged: None, rejected: vec![] };
    step(node, disk, Step::Input(GlobalInput::Request(session, Request { lane: Lane::Down, body }))).len()
}

fn sync(c: &mut Criterion) {
    let mut group = c.benchmark_group("global with 10,000 policies");
    group.bench_function("floor: replace one in a plain map", |b| {
        let mut map: BTreeMap<Key, Resource> = (0..HELD).map(|n| (policy(n, 1).key, policy(n, 1))).collect();
        let mut attempts = 1;
        b.iter(|| {
            attempts += 1;
            let changed = policy(7, attempts);
            black_box(map.insert(changed.key.clone(), changed));
        });
    });
    group.bench_function("one edit, no zone connected", |b| {
        let (mut node, mut disk) = filled();
        let mut attempts = 1;
        b.iter(|| {
            attempts += 1;
            black_box(step(&mut node, &mut disk, edit(vec![Change::Put(policy(7, attempts))])));
        });
    });
    group.bench_function("a zone connects: the first window of its first transfer", |b| {
        b.iter_batched_ref(filled, |(node, disk)| black_box(connect(node, disk, 1)), BatchSize::PerIteration);
    });
    group.bench_function("100 zones connect", |b| {
        b.iter_batched_ref(
            filled,
            |(node, disk)| {
                for n in 1..=ZONES {
                    black_box(connect(node, disk, n));
                }
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("recovery", |b| {
        let (_, disk) = filled();
        b.iter(|| black_box(GlobalNode::recover(GlobalConfig::new(), Seed(2), Now::default(), &disk, &mut Out::new()).unwrap()));
    });
    group.finish();
}

/// One edit, sent to a zone that answers it: what it costs must not grow with what there is.
fn delta(c: &mut Criterion) {
    let mut group = c.benchmark_group("one edit reaches one zone, beside");
    for held in [1_000, 10_000, 100_000] {
        let (mut node, mut disk) = filled_with(held);
        let head = node.observe().head;
        connect_holding(&mut node, &mut disk, 1, head);
        let mut attempts = 1;
        group.bench_function(format!("{held} policies"), |b| {
            b.iter(|| {
                attempts += 1;
                for effect in step(&mut node, &mut disk, edit(vec![Change::Put(policy(7, attempts))])) {
                    if let GlobalEffect::Response(session, Response { body: ResponseBody::Resources { kind, nonce, .. }, lane }) = effect {
                        let body = RequestBody::Ack { kind, nonce };
                        black_box(step(&mut node, &mut disk, Step::Input(GlobalInput::Request(session, Request { lane, body }))));
                    }
                }
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = sync, delta
}
criterion_main!(benches);
