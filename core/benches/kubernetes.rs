//! A cluster becomes a mesh: a thousand pods from a cold start, and one pod's change among more and more of them.
#![allow(missing_docs, clippy::unwrap_used)]
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use strait_core::{
    kubernetes::{Change, Conversion, MeshServicesOf, News, ObjectKind, Place, read},
    resource::ZoneName,
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

fn kubernetes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kubernetes");
    let cold = lists(COLD);
    group.bench_function(BenchmarkId::new("cold-start", COLD), |bencher| {
        bencher.iter_batched(|| (), |()| converted(&cold), BatchSize::PerIteration);
    });
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
