//! After every change of any object, what was kept up is what is worked out anew from all of them.
use crate::{
    manifests::{kind, place, shown},
    oracle::{self, Mesh, Objects},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strait_core::kubernetes::{Change, Conversion, MeshServicesOf, News, ObjectId, ObjectKind, ObjectName, Problem, read};

#[derive(Clone, Debug)]
enum Move {
    Put(Value),
    Gone(ObjectKind, &'static str, String),
    Mesh(&'static str, Option<&'static str>),
    /// A whole list of a kind, of which every second is missing.
    Listed(ObjectKind),
}

const NAMESPACES: [&str; 2] = ["shop", "till"];
const APPS: [&str; 3] = ["web", "db", ""];

fn maybe(text: &'static str) -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![3 => Just(None), 1 => Just(Some(text))]
}

fn labels() -> impl Strategy<Value = Value> {
    (prop::sample::select(&APPS[..]), maybe("2"), maybe("other"), maybe("0")).prop_map(|(app, version, mesh, index)| {
        let mut labels = json!({});
        let all = [
            ("app", Some(app)),
            ("version", version),
            ("kuma.io/mesh", mesh),
            ("apps.kubernetes.io/pod-index", index),
            ("part-of", Some("all")),
        ];
        for (label, value) in all {
            if let Some(value) = value.filter(|_| label != "part-of" || !app.is_empty()) {
                labels[label] = json!(value);
            }
        }
        labels
    })
}

fn pod() -> impl Strategy<Value = Value> {
    let shape = (prop::sample::select(&NAMESPACES[..]), 0..4_u8, labels(), 0..12_u8, any::<[bool; 4]>());
    let more = (0..3_u8, prop::sample::select(vec!["Running", "Running", "Running", "Succeeded", "Failed"]));
    (shape, more).prop_map(|((namespace, number, labels, oddity, [app, sidecar, address, transparent]), (uid, phase))| {
        let mut annotations = json!({"kuma.io/sidecar-injected": if oddity == 0 { "false" } else { "true" }});
        if transparent {
            annotations["kuma.io/transparent-proxying"] = json!("enabled");
            annotations["kuma.io/transparent-proxying-inbound-port"] = json!("15006");
            annotations["kuma.io/transparent-proxying-outbound-port"] = json!("15001");
        }
        if oddity == 1 {
            annotations["kuma.io/gateway"] = json!("enabled");
        }
        let ports = if oddity == 2 { json!([]) } else { json!([{"name": "http", "containerPort": 8080}, {"containerPort": 9000}]) };
        json!({
            "kind": "Pod",
            "metadata": {
                "name": format!("pod-{number}"), "namespace": namespace, "uid": format!("uid-{uid}"), "labels": labels,
                "annotations": annotations, "deletionTimestamp": if oddity == 3 { json!("now") } else { json!(null) },
            },
            "spec": {"serviceAccountName": "robot", "containers": [{"name": "app", "ports": ports}, {"name": "kuma-sidecar"}]},
            "status": {
                "phase": phase, "podIP": if address || oddity > 4 { format!("10.1.0.{number}") } else { String::new() },
                "containerStatuses": [{"name": "app", "ready": app || oddity > 5}, {"name": "kuma-sidecar", "ready": sidecar || oddity > 5}],
            },
        })
    })
}

fn service() -> impl Strategy<Value = Value> {
    let selector = prop::sample::select(vec![
        json!({"app": "web"}),
        json!({"app": "db"}),
        json!({"app": "web", "version": "2"}),
        json!({"part-of": "all", "app": "web"}),
        json!({}),
        json!({"app": ""}),
    ]);
    let ports = prop::sample::select(vec![
        json!([{"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http"}]),
        json!([{"port": 80, "targetPort": 9000}, {"port": 53, "protocol": "UDP"}]),
        json!([{"port": 8080}]),
        json!([{"name": "a", "port": 81, "targetPort": "nowhere"}, {"name": "b", "port": 82, "targetPort": 8080, "appProtocol": "strange"}]),
    ]);
    let shape =
        (prop::sample::select(&NAMESPACES[..]), 0..4_u8, selector, ports, prop::sample::select(vec!["10.96.0.1", "10.96.0.2", "None", ""]));
    (shape, 0..10_u8, maybe("other")).prop_map(|((namespace, number, selector, ports, cluster_ip), oddity, mesh)| {
        let mut service = json!({
            "kind": "Service",
            "metadata": {"name": format!("service-{number}"), "namespace": namespace, "annotations": {}, "labels": {}},
            "spec": {"selector": selector, "ports": ports, "clusterIP": cluster_ip},
        });
        match oddity {
            0 => service["metadata"]["annotations"]["kuma.io/ignore"] = json!("true"),
            1 => service["spec"]["type"] = json!("ExternalName"),
            2 => service["metadata"]["annotations"]["8080.service.kuma.io/protocol"] = json!("grpc"),
            _ => {}
        }
        if let Some(mesh) = mesh {
            service["metadata"]["labels"]["kuma.io/mesh"] = json!(mesh);
        }
        service
    })
}

fn slice() -> impl Strategy<Value = Value> {
    let endpoint = (0..4_u8, 0..4_u8).prop_map(|(pod, uid)| {
        let mut target = json!({"kind": "Pod", "name": format!("pod-{pod}")});
        if uid < 3 {
            target["uid"] = json!(format!("uid-{uid}"));
        }
        json!({"addresses": [format!("10.1.0.{pod}")], "targetRef": target})
    });
    let endpoints = prop::collection::btree_map(0..4_u8, endpoint, 0..4);
    (prop::sample::select(&NAMESPACES[..]), 0..3_u8, 0..4_u8, endpoints).prop_map(|(namespace, number, service, endpoints)| {
        // One slice says of one pod one thing.
        let endpoints: BTreeMap<String, Value> =
            endpoints.into_values().map(|endpoint| (endpoint["targetRef"]["name"].to_string(), endpoint)).collect();
        json!({
            "kind": "EndpointSlice",
            "metadata": {
                "name": format!("slice-{number}"), "namespace": namespace,
                "labels": {"kubernetes.io/service-name": format!("service-{service}")},
            },
            "endpoints": endpoints.into_values().collect::<Vec<_>>(),
        })
    })
}

fn namespace() -> impl Strategy<Value = Value> {
    (prop::sample::select(&NAMESPACES[..]), maybe("other"), any::<bool>()).prop_map(|(name, mesh, injects)| {
        let mut labels = json!({"kuma.io/sidecar-injection": if injects { "enabled" } else { "disabled" }});
        if let Some(mesh) = mesh {
            labels["kuma.io/mesh"] = json!(mesh);
        }
        json!({"kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    })
}

fn a_move() -> impl Strategy<Value = Move> {
    let names = (prop::sample::select(&NAMESPACES[..]), 0..4_u8);
    let gone = names.clone().prop_map(|(namespace, number)| Move::Gone(ObjectKind::Pod, namespace, format!("pod-{number}")));
    let service_gone = names.prop_map(|(namespace, number)| Move::Gone(ObjectKind::Service, namespace, format!("service-{number}")));
    let slice_gone = (prop::sample::select(&NAMESPACES[..]), 0..3_u8)
        .prop_map(|(namespace, number)| Move::Gone(ObjectKind::EndpointSlice, namespace, format!("slice-{number}")));
    let namespace_gone = prop::sample::select(&NAMESPACES[..]).prop_map(|name| Move::Gone(ObjectKind::Namespace, "", name.to_owned()));
    let mode = prop::sample::select(vec![None, Some("Exclusive"), Some("Disabled")]);
    let mesh = (prop::sample::select(vec!["default", "other"]), mode).prop_map(|(mesh, mode)| Move::Mesh(mesh, mode));
    prop_oneof![
        12 => pod().prop_map(Move::Put),
        8 => service().prop_map(Move::Put),
        6 => slice().prop_map(Move::Put),
        3 => namespace().prop_map(Move::Put),
        3 => gone,
        2 => service_gone,
        2 => slice_gone,
        1 => namespace_gone,
        2 => mesh,
        1 => prop::sample::select(&ObjectKind::ALL[..]).prop_map(Move::Listed),
    ]
}

/// The objects, and what was kept up.
struct Cluster {
    objects: Objects,
    meshes: BTreeMap<String, &'static str>,
    conversion: Conversion,
    version: u64,
    /// What is made by all that was said to be different.
    made: BTreeMap<(String, String, String), Value>,
    problems: BTreeMap<ObjectId, Vec<Problem>>,
}

fn key(value: &Value) -> (String, String, String) {
    let said = |field: &str| value["metadata"][field].as_str().unwrap_or_default().to_owned();
    (value["kind"].as_str().unwrap().to_owned(), said("namespace"), said("name"))
}

impl Cluster {
    fn new() -> Self {
        let mut conversion = Conversion::new(place());
        conversion.mesh("default", Some(MeshServicesOf::Only));
        let meshes = BTreeMap::from([("default".to_owned(), "Exclusive")]);
        Self { objects: Objects::new(), meshes, conversion, version: 0, made: BTreeMap::new(), problems: BTreeMap::new() }
    }

    fn read(&mut self, value: &Value) -> strait_core::kubernetes::Seen {
        self.version += 1;
        let mut value = value.clone();
        value["metadata"]["resourceVersion"] = json!(self.version.to_string());
        read(&value, None).unwrap()
    }

    fn go(&mut self, step: &Move) {
        let converted = match step {
            Move::Put(value) => {
                self.objects.insert(key(value), value.clone());
                let seen = self.read(value);
                self.conversion.take(News::Changed(vec![Change::Put(seen)]))
            }
            Move::Gone(kind, namespace, name) => {
                self.objects.remove(&(kind.to_string(), (*namespace).to_owned(), name.clone()));
                self.version += 1;
                let id = ObjectId { kind: *kind, name: ObjectName::new(namespace, name) };
                self.conversion.take(News::Changed(vec![Change::Gone { id, version: self.version }]))
            }
            Move::Mesh(mesh, mode) => {
                match mode {
                    Some(mode) => self.meshes.insert((*mesh).to_owned(), mode),
                    None => self.meshes.remove(*mesh),
                };
                self.conversion.mesh(mesh, mode.map(|mode| if mode == "Disabled" { MeshServicesOf::None } else { MeshServicesOf::Only }))
            }
            Move::Listed(of) => {
                let mut nth = 0;
                self.objects.retain(|_, value| {
                    nth += usize::from(kind(value) == *of);
                    kind(value) != *of || nth % 2 == 0
                });
                let kept: Vec<Value> = self.objects.values().filter(|value| kind(value) == *of).cloned().collect();
                let objects = kept.iter().map(|value| self.read(value)).collect();
                self.conversion.take(News::Listed { kind: *of, version: self.version + 1, objects })
            }
        };
        for (key, now) in converted.resources {
            let mesh = key.mesh.as_ref().map_or(String::new(), ToString::to_string);
            let at = (key.kind.to_string(), mesh, key.name.to_string());
            match now {
                Some(now) => {
                    let shown = shown(&now);
                    let now = json!({"labels": shown["labels"], "spec": shown["spec"], "status": shown["status"]});
                    assert_ne!(self.made.insert(at, now.clone()), Some(now), "it is said to be different, and is not");
                }
                None => assert!(self.made.remove(&at).is_some(), "it is said to be no more, and was not"),
            }
        }
        self.problems.extend(converted.problems);
    }

    /// What is kept up, in the words of whoever works it out anew.
    fn kept(&self) -> Mesh {
        let wrong =
            self.problems.iter().flat_map(|(id, problems)| problems.iter().map(|problem| (id.to_string(), problem.reason.as_str())));
        // Of the others another test tells.
        let told = ["MeshMissing", "NoSuchPort", "SelectsNothing", "NoLabels"];
        Mesh { resources: self.made.clone(), wrong: wrong.filter(|(_, reason)| told.contains(reason)).collect() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_every_change(moves in prop::collection::vec(a_move(), 1..60)) {
        let mut cluster = Cluster::new();
        for name in NAMESPACES {
            cluster.go(&Move::Put(json!({"kind": "Namespace", "metadata": {"name": name, "labels": {"kuma.io/sidecar-injection": "enabled"}}})));
        }
        for step in &moves {
            cluster.go(step);
            let expected = oracle::mesh(&cluster.objects, &cluster.meshes);
            let kept = cluster.kept();
            prop_assert_eq!(&kept.resources, &expected.resources, "after {:?}", step);
            prop_assert_eq!(&kept.wrong, &expected.wrong, "after {:?}", step);
            let whole: Vec<Value> = cluster.conversion.resources().map(|resource| shown(resource)["spec"].clone()).collect();
            prop_assert_eq!(whole, kept.resources.values().map(|one| one["spec"].clone()).collect::<Vec<_>>());
        }
    }
}
