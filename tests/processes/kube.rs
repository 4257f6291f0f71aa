//! A cluster, as its API shows it, and a zone in it.
use crate::cast::{Running, says, until};
use serde_json::{Value, json};
use std::{cell::Cell, fs, net::TcpListener, path::Path};
use strait_netns_testbed::kubernetes::{ADMIN_TOKEN, KubernetesApi};
use strait_scenarios::kubernetes::{Answer, Api, Request, Settings};

/// A mesh in which services are `MeshService`s.
pub(crate) const MESH: &str = "type: Mesh\nname: default\nmeshServices: {mode: Exclusive}\n";

/// The kinds that are followed, as paths name them.
pub(crate) const FOLLOWED: [&str; 5] = ["namespaces", "services", "endpointslices", "pods", "configmaps"];

/// A cluster with the namespace `shop`, whose pods have sidecars.
pub(crate) struct Cluster {
    pub(crate) api: KubernetesApi,
    pods: Cell<u8>,
}

impl Cluster {
    /// Its kubeconfig is in that folder.
    pub(crate) fn begin(folder: &Path) -> Self {
        let api = KubernetesApi::serve(TcpListener::bind("127.0.0.1:0").unwrap(), &[], Settings::default()).unwrap();
        fs::write(folder.join("kubeconfig"), api.kubeconfig(ADMIN_TOKEN)).unwrap();
        let cluster = Self { api, pods: Cell::new(0) };
        cluster.ask("POST", "/api/v1/namespaces", &json!({"metadata": {"name": "kuma-system"}}));
        let shop = json!({"metadata": {"name": "shop", "labels": {"kuma.io/sidecar-injection": "enabled"}}});
        cluster.ask("POST", "/api/v1/namespaces", &shop);
        cluster
    }

    /// With the kinds of the mesh.
    pub(crate) fn with_kinds(folder: &Path) -> Self {
        let cluster = Self::begin(folder);
        cluster.define(folder, &[]);
        cluster
    }

    /// Defines these kinds of the mesh; all of them, if none are named.
    pub(crate) fn define(&self, folder: &Path, kinds: &[&str]) {
        let kinds: Value = serde_json::from_str(&says(folder, &[&["kubernetes", "crds"], kinds].concat())).unwrap();
        for kind in kinds["items"].as_array().unwrap() {
            self.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", kind);
        }
    }

    /// The custom resources of a kind, in all namespaces, as NAMESPACE/NAME; none, if it is not defined (yet).
    pub(crate) fn names_of(&self, plural: &str) -> Vec<String> {
        let (code, all) = self.answers("GET", &format!("/apis/kuma.io/v1alpha1/{plural}"), &Value::Null);
        if code == 404 {
            return Vec::new();
        }
        let name = |one: &Value| {
            let said = |field: &str| one["metadata"][field].as_str().unwrap_or_default().to_owned();
            format!("{}/{}", said("namespace"), said("name"))
        };
        let mut names: Vec<String> = all["items"].as_array().unwrap().iter().map(name).collect();
        names.sort();
        names
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let (code, said) = self.answers(method, path, body);
        assert!(code < 300, "{method} {path}: {said}");
        said
    }

    fn answers(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.api.with(|api, now| {
            let kind = if method == "PATCH" { "application/strategic-merge-patch+json" } else { "application/json" };
            let request = Request::with_body(method, path, kind, body).as_bearer(ADMIN_TOKEN);
            let Answer::Whole(response) = api.handle(now, &request).answer else { panic!("{method} {path} is not answered") };
            (response.code, serde_json::from_slice(&response.body).unwrap())
        })
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.ask("GET", path, &Value::Null)
    }

    /// A pod that is ready, with its sidecar, and these annotations.
    pub(crate) fn pod(&self, app: &str, name: &str, annotations: &Value) {
        self.pod_as("default", app, name, &json!({"annotations": annotations}));
    }

    /// The same, as a service account, and with more in its metadata.
    pub(crate) fn pod_as(&self, account: &str, app: &str, name: &str, more: &Value) {
        let port = json!([{"name": "http", "containerPort": 8080}]);
        let containers = json!([{"name": "app", "image": "app", "ports": port}, {"name": "kuma-sidecar", "image": "sidecar"}]);
        let mut meta = json!({"name": name, "labels": {"app": app}, "annotations": more["annotations"]});
        for (label, value) in more["labels"].as_object().into_iter().flatten() {
            meta["labels"][label] = value.clone();
        }
        let spec = json!({"nodeName": "node", "serviceAccountName": account, "containers": containers});
        self.ask("POST", "/api/v1/namespaces/shop/pods", &json!({"metadata": meta, "spec": spec}));
        self.is_ready(name);
    }

    /// What a kubelet says of a pod whose containers run.
    pub(crate) fn is_ready(&self, name: &str) {
        self.pods.set(self.pods.get() + 1);
        let ready =
            |name| json!({"name": name, "ready": true, "restartCount": 0, "image": name, "imageID": name, "state": {"running": {}}});
        let status = json!({"phase": "Running", "podIP": format!("10.1.0.{}", self.pods.get()), "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [ready("app"), ready("kuma-sidecar")]});
        self.ask("PATCH", &format!("/api/v1/namespaces/shop/pods/{name}/status"), &json!({"status": status}));
    }

    /// The names of the pods of a service, in order.
    pub(crate) fn pods_of(&self, app: &str) -> Vec<String> {
        let all = self.get(&format!("/api/v1/namespaces/shop/pods?labelSelector=app%3D{app}"));
        let mut names: Vec<String> =
            all["items"].as_array().unwrap().iter().map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    pub(crate) fn service(&self, app: &str) {
        let spec = json!({"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http"}]});
        self.ask("POST", "/api/v1/namespaces/shop/services", &json!({"metadata": {"name": app}, "spec": spec}));
    }

    /// Gone at once.
    pub(crate) fn delete_pod(&self, name: &str) {
        self.ask("DELETE", &format!("/api/v1/namespaces/shop/pods/{name}"), &json!({"gracePeriodSeconds": 0}));
    }

    pub(crate) fn is_away(&self, is: bool) {
        self.api.with(|api, _| api.faults_mut().is_away = is);
    }

    /// How many requests of this verb came for each kind that is followed.
    pub(crate) fn requests(&self, verb: &'static str) -> [u64; 5] {
        self.api.with(|api: &mut Api, _| FOLLOWED.map(|plural| api.requests(verb, plural)))
    }
}

/// A zone in that cluster, or as one that is in it.
pub(crate) fn zone(folder: &Path, name: &str, global: &Running) -> Running {
    let line = says(folder, &["zone", "token", name, "--api", &global.api]);
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    Running::start(folder, &[&words[..], &["--environment", "kubernetes", "--kubeconfig", "kubeconfig"]].concat())
}

/// A global with the mesh, and a zone in the cluster.
pub(crate) fn both(folder: &Path) -> (Running, Running) {
    let global = Running::global(folder);
    fs::write(folder.join("mesh.yaml"), MESH).unwrap();
    says(folder, &["apply", "-f", "mesh.yaml", "--api", &global.api]);
    let zone = zone(folder, "east", &global);
    (global, zone)
}

/// What is held of a kind there, by the names that people use, in order.
pub(crate) fn held(folder: &Path, kind: &str, at: &Running) -> Vec<String> {
    let said = says(folder, &["get", kind, "--api", &at.api, "--output", "json"]);
    let all: Value = serde_json::from_str(&said).unwrap();
    let all = all.as_array().unwrap_or_else(|| panic!("{all}"));
    let mut names: Vec<String> =
        all.iter().map(|one| one["labels"]["kuma.io/display-name"].as_str().or(one["name"].as_str()).unwrap().to_owned()).collect();
    names.sort();
    names
}

pub(crate) fn until_held(folder: &Path, kind: &str, at: &Running, names: &[&str]) {
    let now = || held(folder, kind, at);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while now() != names {
        assert!(std::time::Instant::now() < deadline, "{kind} are {:?}, not {names:?}: {}", now(), status(folder, at));
        std::thread::yield_now();
    }
}

/// What `strait status` shows, as JSON.
pub(crate) fn status(folder: &Path, at: &Running) -> Value {
    let said = says(folder, &["status", "--api", &at.api, "--output", "json"]);
    serde_json::from_str::<Value>(&said).unwrap()["status"].take()
}

/// Waits until the zone says that something about each kind is so.
pub(crate) fn until_each(folder: &Path, at: &Running, what: &str, is: impl Fn(&Value) -> bool) {
    until(what, || {
        let kinds = status(folder, at)["cluster"]["api"].take();
        kinds.as_object().is_some_and(|kinds| kinds.len() == FOLLOWED.len() && kinds.values().all(&is))
    });
}
