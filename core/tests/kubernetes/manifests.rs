//! Objects as the API writes them, and what is made of them.
use serde_json::{Value, json};
use strait_core::{
    kubernetes::{
        Change, Conversion, Converted, MeshServicesOf, News, ObjectId, ObjectKind, ObjectName, Place, Problem, Seen, kind_of, read,
    },
    resource::{Resource, ZoneName},
};

pub(crate) fn place() -> Place {
    Place { zone: ZoneName::new("east").unwrap(), system_namespace: "kuma-system".to_owned() }
}

/// A cluster that is converted, with the mesh `default`.
pub(crate) struct Cluster {
    pub(crate) conversion: Conversion,
    version: u64,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let mut conversion = Conversion::new(place());
        conversion.mesh("default", Some(MeshServicesOf::Only));
        Self { conversion, version: 0 }
    }

    /// Takes over these manifests, separated by `---`.
    pub(crate) fn apply(&mut self, manifests: &str) -> Converted {
        let values = manifests.split("\n---\n").map(|one| serde_saphyr::from_str::<Value>(one).unwrap());
        let changes = values.map(|value| Change::Put(self.seen(value))).collect();
        self.conversion.take(News::Changed(changes))
    }

    pub(crate) fn put(&mut self, value: &Value) -> Converted {
        let seen = self.seen(value.clone());
        self.conversion.take(News::Changed(vec![Change::Put(seen)]))
    }

    pub(crate) fn gone(&mut self, kind: ObjectKind, namespace: &str, name: &str) -> Converted {
        self.version += 1;
        let id = ObjectId { kind, name: ObjectName::new(namespace, name) };
        self.conversion.take(News::Changed(vec![Change::Gone { id, version: self.version }]))
    }

    pub(crate) fn seen(&mut self, mut value: Value) -> Seen {
        self.version += 1;
        value["metadata"]["resourceVersion"] = json!(self.version.to_string());
        read(&value, None).unwrap()
    }

    /// Everything that is made of it, as users see it.
    pub(crate) fn made(&self) -> Vec<Value> {
        self.conversion.resources().map(|resource| shown(resource)).collect()
    }

    pub(crate) fn problems(&self, kind: ObjectKind, namespace: &str, name: &str) -> Vec<Problem> {
        self.conversion.problems(&ObjectId { kind, name: ObjectName::new(namespace, name) })
    }

    /// The reasons of all that is wrong with an object.
    pub(crate) fn reasons(&self, kind: ObjectKind, namespace: &str, name: &str) -> Vec<&'static str> {
        self.problems(kind, namespace, name).iter().map(|problem| problem.reason.as_str()).collect()
    }
}

pub(crate) fn kind(value: &Value) -> ObjectKind {
    kind_of(value).unwrap()
}

pub(crate) fn shown(resource: &Resource) -> Value {
    json!({
        "kind": resource.key.kind,
        "mesh": resource.key.mesh,
        "name": resource.key.name,
        "labels": resource.labels,
        "spec": resource.spec.value(),
        "status": resource.status.as_ref().and_then(|status| status.value()),
    })
}

pub(crate) fn namespace(name: &str, labels: Value) -> Value {
    json!({"kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

/// A pod with a sidecar, that is ready.
pub(crate) fn pod(name: &str, labels: Value, address: &str) -> Value {
    json!({
        "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid-{name}"), "labels": labels,
            "annotations": {
                "kuma.io/sidecar-injected": "true",
                "kuma.io/transparent-proxying": "enabled",
                "kuma.io/transparent-proxying-inbound-port": "15006",
                "kuma.io/transparent-proxying-outbound-port": "15001",
            },
        },
        "spec": {
            "serviceAccountName": "web",
            "containers": [
                {"name": "app", "ports": [{"name": "http", "containerPort": 8080}]},
                {"name": "kuma-sidecar"},
            ],
        },
        "status": {
            "phase": "Running", "podIP": address,
            "containerStatuses": [{"name": "app", "ready": true}, {"name": "kuma-sidecar", "ready": true}],
        },
    })
}

pub(crate) fn service(name: &str, selector: Value, cluster_ip: &str) -> Value {
    json!({
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "selector": selector, "clusterIP": cluster_ip,
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP", "appProtocol": "http"}],
        },
    })
}
