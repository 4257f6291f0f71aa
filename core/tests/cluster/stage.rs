//! A zone with its cluster, that has the mesh `default` from a plain Kuma global.
use crate::{
    alone::{Alone, from_global, kuma_response, resource, zone},
    manifests::{kind, namespace},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::Ipv4Addr};
use strait_core::{
    Durable, Node as _, ZoneNode,
    kubernetes::{Change as ObjectChange, News, ObjectId, ObjectKind, ObjectName, Seen, read},
    node::{Change, ClusterStatus, EditOutcome, Ticket, VipState, ZoneConfig, ZoneEffect, ZoneInput},
    resource::{Key, Kind, MeshName, Resource, ResourceName},
    sync::{Dialect, Session},
};

pub(crate) fn mesh(name: &str) -> Resource {
    resource("Mesh", None, name, json!({"meshServices": {"mode": "Exclusive"}}))
}

pub(crate) struct Zone {
    pub(crate) alone: Alone<ZoneNode>,
    starts: u64,
    /// What the API holds, and its version.
    pub(crate) objects: BTreeMap<(ObjectKind, String, String), Value>,
    pub(crate) version: u64,
}

impl Zone {
    /// With a namespace, everything listed.
    pub(crate) fn new() -> Self {
        let mut zone = Self::unlisted();
        zone.objects.extend([keyed(namespace("shop", json!({"kuma.io/sidecar-injection": "enabled"})))]);
        zone.list_all();
        zone
    }

    pub(crate) fn unlisted() -> Self {
        let alone = start(1, Durable::new());
        let mut zone = Self { alone, starts: 1, objects: BTreeMap::new(), version: 100 };
        zone.connect();
        zone
    }

    fn connect(&mut self) {
        self.alone.run_for(1000);
        self.alone.input(ZoneInput::Dialed(Ok((Session(self.starts), Dialect::Kuma))));
        self.meshes(vec![mesh("default")]);
    }

    /// All meshes that global has.
    pub(crate) fn meshes(&mut self, all: Vec<Resource>) {
        let all = all.into_iter().map(from_global).collect();
        let response = kuma_response("Mesh", &format!("mesh-{}", self.alone.now), all, Vec::new());
        self.alone.input(ZoneInput::Response(Session(self.starts), response));
    }

    /// kill -9, and another start, with nothing listed yet.
    pub(crate) fn restart(&mut self) {
        self.starts += 1;
        self.alone = start(self.starts, self.alone.disk.clone());
        self.connect();
    }

    fn versioned(&mut self, value: &Value) -> Seen {
        let mut value = value.clone();
        value["metadata"]["resourceVersion"] = json!(self.version.to_string());
        read(&value, None).unwrap()
    }

    /// The API has this object, and says so.
    pub(crate) fn put(&mut self, value: &Value) -> Vec<ZoneEffect> {
        self.version += 1;
        self.objects.extend([keyed(value.clone())]);
        let seen = self.versioned(value);
        self.alone.input(ZoneInput::Kubernetes(News::Changed(vec![ObjectChange::Put(seen)])))
    }

    pub(crate) fn gone(&mut self, kind: ObjectKind, namespace: &str, name: &str) -> Vec<ZoneEffect> {
        self.version += 1;
        self.objects.remove(&(kind, namespace.to_owned(), name.to_owned()));
        let id = ObjectId { kind, name: ObjectName::new(namespace, name) };
        let change = ObjectChange::Gone { id, version: self.version };
        self.alone.input(ZoneInput::Kubernetes(News::Changed(vec![change])))
    }

    /// The API lists what it has of a kind.
    pub(crate) fn list(&mut self, kind: ObjectKind) -> Vec<ZoneEffect> {
        let values: Vec<Value> = self.objects.iter().filter(|((of, ..), _)| *of == kind).map(|(_, value)| value.clone()).collect();
        let objects = values.iter().map(|value| self.versioned(value)).collect();
        self.alone.input(ZoneInput::Kubernetes(News::Listed { kind, version: self.version, objects }))
    }

    pub(crate) fn list_all(&mut self) {
        ObjectKind::ALL.into_iter().for_each(|kind| _ = self.list(kind));
    }

    pub(crate) fn edit(&mut self, change: Change) -> EditOutcome {
        let effects = self.alone.input(ZoneInput::Edit { ticket: Ticket(self.alone.now), changes: vec![change] });
        effects.into_iter().find_map(|effect| if let ZoneEffect::Done { outcome, .. } = effect { Some(outcome) } else { None }).unwrap()
    }

    pub(crate) fn held(&self, kind: &str, name: &str) -> Option<&Resource> {
        self.alone.node.view().resources.get(&key(kind, name)).map(|held| &**held)
    }

    /// The names of what is held of a kind.
    pub(crate) fn names(&self, kind: &str) -> Vec<&str> {
        self.alone.node.view().resources.keys().filter(|key| key.kind.as_str() == kind).map(|key| key.name.as_str()).collect()
    }

    pub(crate) fn address(&self, name: &str) -> Option<Ipv4Addr> {
        self.alone.node.view().vips.iter().find(|(service, _)| service.name == name).and_then(|(_, vip)| match vip {
            VipState::Given(address) => Some(*address),
            VipState::Exhausted => None,
        })
    }

    pub(crate) fn view(&self) -> &strait_core::node::View {
        self.alone.node.view()
    }

    /// How far its history has come.
    pub(crate) fn head(&self) -> u64 {
        self.alone.node.observe().head.unwrap().seq
    }

    pub(crate) fn status(&self) -> ClusterStatus {
        self.alone.node.observe().cluster.clone().unwrap_or_default()
    }

    pub(crate) fn reasons(&self, kind: ObjectKind, namespace: &str, name: &str) -> Vec<&'static str> {
        let id = ObjectId { kind, name: ObjectName::new(namespace, name) };
        self.status().problems.get(&id).into_iter().flatten().map(|problem| problem.reason.as_str()).collect()
    }
}

fn start(seed: u64, disk: Durable) -> Alone<ZoneNode> {
    Alone::start(ZoneConfig::new(zone("east")), seed, disk).0
}

pub(crate) fn keyed(value: Value) -> ((ObjectKind, String, String), Value) {
    let said = |field: &str| value["metadata"][field].as_str().unwrap_or_default().to_owned();
    ((kind(&value), said("namespace"), said("name")), value)
}

pub(crate) fn key(kind: &str, name: &str) -> Key {
    let mesh = (kind != "ZoneIngress").then(|| MeshName::new("default").unwrap());
    Key { kind: Kind::new(kind).unwrap(), mesh, name: ResourceName::new(name).unwrap() }
}
