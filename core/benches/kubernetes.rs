//! A cluster becomes a mesh: a thousand pods from a cold start, and one pod's change among more and more of them.
#![allow(missing_docs, clippy::unwrap_used)]
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::{hint::black_box, sync::Arc};
use strait_core::{
    Durable, Emit, Node as _, Out, Recover as _, Seed, Step, ZoneNode,
    kubernetes::{Change, Conversion, MeshServicesOf, News, ObjectKind, Place, read},
    node::{ZoneConfig, ZoneInput},
    resource::{Kind, ZoneName, from_json},
    sync::{Dialect, Lane, Nonce, Response, ResponseBody, Session},
    time::{Mono, Now, Wall},
};

const COLD: usize = 1_000;
const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// Pods behind one service.
const EACH: usize = 10;

fn namespace() -> Value {
    json!({"kind": "Namespace", "metadata": {"name": "shop", "labels": {"kuma.io/sidecar-injection": "enabled"}}})
}

fn service(app: usize) -> Value {
    let name = format!("app-{app}");
    let ports = json!([{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}]);
    json!({
        "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"app": name, "app.kubernetes.io/part-of": "shop"}, "clusterIP": format!("10.96.{}.{}", app / 250, app % 250), "ports": ports},
    })
}

fn pod(number: usize, is_ready: bool) -> Value {
    let app = format!("app-{}", number / EACH);
    json!({
        "kind": "Pod",
        "metadata": {
            "name": format!("{app}-5d4f7c9b8d-{number}"), "namespace": "shop", "uid": format!("uid-{number}"),
            "labels": {"app": app, "app.kubernetes.io/part-of": "shop", "pod-template-hash": "5d4f7c9b8d", "version": "1"},
            "annotations": {
                "kuma.io/sidecar-injected": "true", "kuma.io/transparent-proxying": "enabled",
                "kuma.io/transparent-proxying-inbound-port": "15006", "kuma.io/transparent-proxying-outbound-port": "15001",
            },
        },
        "spec": {
            "serviceAccountName": "app",
            "containers": [{"name": "app", "ports": [{"name": "http", "containerPort": 8080}]}, {"name": "kuma-sidecar"}],
        },
        "status": {
            "phase": "Running", "podIP": format!("10.{}.{}.{}", 1 + number / 62_500, number / 250 % 250, number % 250),
            "containerStatuses": [{"name": "app", "ready": is_ready}, {"name": "kuma-sidecar", "ready": true}],
        },
    })
}

fn slice(app: usize) -> Value {
    let endpoint =
        |number: usize| json!({"addresses": ["10.1.0.1"], "targetRef": {"kind": "Pod", "name": format!("app-{app}-5d4f7c9b8d-{number}")}});
    json!({
        "kind": "EndpointSlice",
        "metadata": {"name": format!("app-{app}"), "namespace": "shop", "labels": {"kubernetes.io/service-name": format!("app-{app}")}},
        "endpoints": (app * EACH..(app + 1) * EACH).map(endpoint).collect::<Vec<_>>(),
    })
}

/// Everything as the API lists it.
fn lists(pods: usize) -> [(ObjectKind, Vec<Value>); 4] {
    let apps = 0..pods / EACH;
    [
        (ObjectKind::Namespace, vec![namespace()]),
        (ObjectKind::Service, apps.clone().map(service).collect()),
        (ObjectKind::EndpointSlice, apps.map(slice).collect()),
        (ObjectKind::Pod, (0..pods).map(|number| pod(number, true)).collect()),
    ]
}

fn converted(lists: &[(ObjectKind, Vec<Value>)]) -> Conversion {
    let mut conversion = Conversion::new(Place { zone: ZoneName::new("east").unwrap(), system_namespace: "kuma-system".to_owned() });
    conversion.mesh("default", Some(MeshServicesOf::Only));
    for (kind, values) in lists {
        let objects = values.iter().map(|value| read(value, Some(*kind)).unwrap()).collect();
        conversion.take(News::Listed { kind: *kind, version: 1, objects });
    }
    conversion
}

const NOW: Now = Now { mono: Mono(1_000), wall: Wall(1_000) };

/// Hands a node something, whose store answers at once.
fn step(node: &mut ZoneNode, step: Step<ZoneInput>) {
    let mut out = Out::new();
    node.handle(NOW, step, &mut out);
    let stored = out.take().into_iter().filter_map(|emit| if let Emit::Store(batch) = emit { Some(batch.lsn) } else { None });
    for upto in stored {
        node.handle(NOW, Step::Stored { upto }, &mut out);
    }
}

/// A zone that knows the mesh, and nothing of its cluster.
fn zone() -> ZoneNode {
    let mut out = Out::new();
    let config = ZoneConfig::new(ZoneName::new("east").unwrap());
    let mut node = ZoneNode::recover(config, Seed(1), NOW, &Durable::new(), &mut out).unwrap();
    step(&mut node, Step::Tick);
    step(&mut node, Step::Input(ZoneInput::Dialed(Ok((Session(1), Dialect::Kuma)))));
    let mesh = json!({"type": "Mesh", "name": "default", "labels": {"kuma.io/origin": "global"}, "meshServices": {"mode": "Exclusive"}});
    let put = vec![Arc::new(from_json(&mesh).unwrap())];
    let body = ResponseBody::Resources { kind: Kind::mesh(), nonce: Nonce("1".to_owned()), put, gone: Vec::new(), transfer: None };
    step(&mut node, Step::Input(ZoneInput::Response(Session(1), Response { lane: Lane::Down, body })));
    node
}

/// A zone that has listed all of this, and made what it comes to.
fn listed(mut node: ZoneNode, lists: &[(ObjectKind, Vec<Value>)]) -> ZoneNode {
    for (kind, values) in lists {
        let objects = values.iter().map(|value| read(value, Some(*kind)).unwrap()).collect();
        step(&mut node, Step::Input(ZoneInput::Kubernetes(News::Listed { kind: *kind, version: 1, objects })));
    }
    assert!(node.view().resources.len() > lists[3].1.len());
    node
}

fn kubernetes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kubernetes");
    let cold = lists(COLD);
    group.bench_function(BenchmarkId::new("cold-start", COLD), |bencher| {
        bencher.iter_batched(|| (), |()| converted(&cold), BatchSize::PerIteration);
    });
    group.bench_function(BenchmarkId::new("zone-cold-start", COLD), |bencher| {
        bencher.iter_batched(zone, |zone| listed(zone, &cold), BatchSize::PerIteration);
    });
    for size in SIZES {
        let mut node = listed(zone(), &lists(size));
        let turns = [pod(7, false), pod(7, true)];
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("zone-one-pod", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                let seen = read(&turns[turn % 2], Some(ObjectKind::Pod)).unwrap();
                step(&mut node, Step::Input(ZoneInput::Kubernetes(News::Changed(vec![Change::Put(seen)]))));
            });
        });
    }
    for size in SIZES {
        let mut conversion = converted(&lists(size));
        let turns = [pod(7, false), pod(7, true)];
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("one-pod", size), |bencher| {
            bencher.iter(|| {
                turn += 1;
                let seen = read(&turns[turn % 2], Some(ObjectKind::Pod)).unwrap();
                black_box(conversion.take(News::Changed(vec![Change::Put(seen)])))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, kubernetes);
criterion_main!(benches);
