//! Policies: one edit, and one question, among a thousand and ten thousand policies. Floor: the same edit in a plain map.
#![allow(missing_docs, clippy::unwrap_used)]
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::{collections::BTreeMap, hint::black_box, sync::Arc};
use strait_core::{
    policy::{PolicyIndex, PolicyKind},
    resource::{Key, MeshName, Resource, ResourceName, from_json},
};

const SIZES: [usize; 2] = [1_000, 10_000];
/// Of the whole mesh; all others are for one app, which has one proxy and one service.
const OF_ALL: usize = 10;
const EACH: usize = 10;

fn read(value: &Value) -> Arc<Resource> {
    Arc::new(from_json(value).unwrap())
}

fn timeout(name: &str, target: &Value, towards: &Value, seconds: usize) -> Arc<Resource> {
    read(&json!({"type": "MeshTimeout", "name": name, "spec": {"targetRef": target, "to": [
        {"targetRef": towards, "default": {"idleTimeout": "1h", "http": {"requestTimeout": format!("{seconds}s")}}}
    ]}}))
}

fn of_all(number: usize, seconds: usize) -> Arc<Resource> {
    timeout(&format!("of-all-{number}"), &json!({"kind": "Mesh"}), &json!({"kind": "Mesh"}), seconds)
}

fn of_app(number: usize, seconds: usize) -> Arc<Resource> {
    let app = format!("app-{}", number / EACH);
    let target = json!({"kind": "Dataplane", "labels": {"app": app}});
    timeout(&format!("of-app-{number}"), &target, &json!({"kind": "MeshService", "name": app}), seconds)
}

fn resources(policies: usize) -> Vec<Arc<Resource>> {
    let apps = (0..policies / EACH).flat_map(|app| {
        let name = format!("app-{app}");
        let proxy = json!({"type": "Dataplane", "name": name, "labels": {"app": name}, "networking": {
            "address": "10.0.0.1", "inbound": [{"port": 80, "tags": {"kuma.io/service": name}}]
        }});
        [read(&proxy), read(&json!({"type": "MeshService", "name": name, "spec": {"ports": [{"port": 80}]}}))]
    });
    let policies = (0..policies - OF_ALL).map(|number| of_app(number, 1));
    std::iter::once(read(&json!({"type": "Mesh", "name": "default"})))
        .chain(apps)
        .chain((0..OF_ALL).map(|number| of_all(number, 1)))
        .chain(policies)
        .collect()
}

fn index(resources: &[Arc<Resource>]) -> PolicyIndex {
    let mut index = PolicyIndex::new();
    index.apply(resources.iter().map(|resource| (&resource.key, Some(resource))));
    index
}

fn policies(criterion: &mut Criterion) {
    let kind = PolicyKind::named("MeshTimeout").unwrap();
    let (mesh, proxy) = (MeshName::new("default").unwrap(), ResourceName::new("app-7").unwrap());
    let mut group = criterion.benchmark_group("policy");
    for size in SIZES {
        let resources = resources(size);
        group.bench_with_input(BenchmarkId::new("fill", size), &resources, |bencher, resources| bencher.iter(|| index(resources)));
        let mut index = index(&resources);
        let edits = [of_app(70, 1), of_app(70, 2)];
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("edit-of-one-app", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                let edit = &edits[turn % 2];
                black_box(index.apply([(&edit.key, Some(edit))]))
            });
        });
        let wide = [of_all(0, 1), of_all(0, 2)];
        group.bench_function(BenchmarkId::new("edit-of-all", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                let edit = &wide[turn % 2];
                black_box(index.apply([(&edit.key, Some(edit))]))
            });
        });
        group.bench_function(BenchmarkId::new("resolve", size), |bencher| {
            bencher.iter(|| black_box(index.resolve(&mesh, &proxy, kind)));
        });
        let mut floor: BTreeMap<Key, Arc<Resource>> = resources.iter().map(|resource| (resource.key.clone(), resource.clone())).collect();
        group.bench_function(BenchmarkId::new("floor-edit-in-a-map", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                let edit = &edits[turn % 2];
                black_box(floor.insert(edit.key.clone(), Arc::clone(edit)))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, policies);
criterion_main!(benches);
