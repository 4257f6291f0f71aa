//! A zone of its own, that has the mesh `default` from a plain Kuma global.
use crate::alone::{Alone, from_global, kuma_response, mesh, resource, zone};
use std::net::{IpAddr, Ipv4Addr};
use strait_core::{
    Durable, ZoneNode,
    node::{Change, Ticket, VipState, ZoneConfig, ZoneInput},
    resource::{Key, MeshName, Resource},
    sync::{Dialect, Session},
};

pub(crate) struct Zone {
    pub(crate) alone: Alone<ZoneNode>,
    range: &'static str,
    starts: u64,
    /// How long earlier processes ran, in milliseconds: a process's clock begins with it.
    before: u64,
}

impl Zone {
    /// Its services get their addresses from this range.
    pub(crate) fn with_range(range: &'static str) -> Self {
        let mut zone = Self { alone: start(range, 1, Durable::new()), range, starts: 1, before: 0 };
        zone.connect(vec![mesh("default"), mesh("other")]);
        zone
    }

    pub(crate) fn new() -> Self {
        Self::with_range("241.0.0.0/8")
    }

    fn connect(&mut self, meshes: Vec<Resource>) {
        self.alone.run_for(1000);
        self.alone.input(ZoneInput::Dialed(Ok((Session(self.starts), Dialect::Kuma))));
        self.hears("Mesh", meshes);
    }

    /// All of a kind that global has.
    pub(crate) fn hears(&mut self, kind: &str, all: Vec<Resource>) {
        let all = all.into_iter().map(from_global).collect();
        let response = kuma_response(kind, &format!("{kind}-{}", self.alone.now), all, Vec::new());
        self.alone.input(ZoneInput::Response(Session(self.starts), response));
    }

    /// kill -9, and another start.
    pub(crate) fn restart(&mut self) {
        self.restart_hearing(vec![mesh("default"), mesh("other")]);
    }

    /// The same; from then on it gives addresses of another range.
    pub(crate) fn restart_with_range(&mut self, range: &'static str) {
        self.range = range;
        self.restart();
    }

    /// The same; of global it hears of these meshes then.
    pub(crate) fn restart_hearing(&mut self, meshes: Vec<Resource>) {
        self.starts += 1;
        self.before += self.alone.now;
        self.alone = start(self.range, self.starts, self.alone.disk.clone());
        self.connect(meshes);
    }

    /// Since the first start, in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        self.before + self.alone.now
    }

    pub(crate) fn edit(&mut self, change: Change) {
        self.alone.input(ZoneInput::Edit { ticket: Ticket(self.alone.now), changes: vec![change] });
    }

    pub(crate) fn put(&mut self, name: &str) {
        self.edit(Change::Put(service("default", name)));
    }

    pub(crate) fn delete(&mut self, name: &str) {
        self.edit(Change::Delete(service("default", name).key));
    }

    /// The address of a service of this zone.
    pub(crate) fn address(&self, name: &str) -> Option<Ipv4Addr> {
        self.view().vips.iter().find(|(id, _)| id.name == name && id.zone == Some(zone("east"))).and_then(|(_, vip)| match vip {
            VipState::Given(address) => Some(*address),
            VipState::Exhausted => None,
        })
    }

    /// Where a name leads.
    pub(crate) fn resolve(&self, mesh: &str, name: &str) -> Option<Option<Ipv4Addr>> {
        self.view().resolve(&MeshName::new(mesh).unwrap(), name)
    }

    pub(crate) fn view(&self) -> &strait_core::node::View {
        use strait_core::Node as _;
        self.alone.node.view()
    }

    pub(crate) fn holds(&self, key: &Key) -> bool {
        self.view().resources.contains_key(key)
    }
}

fn start(range: &str, seed: u64, disk: Durable) -> Alone<ZoneNode> {
    Alone::start(
        ZoneConfig { vips: range.parse::<strait_core::vip::VipRange>().unwrap().into(), ..ZoneConfig::new(zone("east")) },
        seed,
        disk,
    )
    .0
}

/// A service as a user of a zone writes it.
pub(crate) fn service(mesh: &str, name: &str) -> Resource {
    resource("MeshService", Some(mesh), name, serde_json::json!({"selector": {"dataplaneTags": {"app": name}}, "ports": [{"port": 80}]}))
}

/// A service of another zone, as global sends it.
pub(crate) fn of_zone(home: &str, env: &str, name: &str) -> Resource {
    let mut service = service("default", &format!("{name}-{home}hash"));
    let labels = [("kuma.io/zone", home), ("kuma.io/env", env), ("kuma.io/display-name", name), ("k8s.kuma.io/namespace", "shop")];
    let kept = labels.into_iter().filter(|(label, _)| env == "kubernetes" || *label != "k8s.kuma.io/namespace");
    service.labels.extend(kept.map(|(label, value)| (label.to_owned(), value.to_owned())));
    service
}

/// A generator of names of services of zones.
pub(crate) fn generator(name: &str, labels: &serde_json::Value, template: &str) -> Resource {
    resource(
        "HostnameGenerator",
        None,
        name,
        serde_json::json!({"selector": {"meshService": {"matchLabels": labels}}, "template": template}),
    )
}

/// Where no proxy is.
pub(crate) const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

pub(crate) fn in_mesh(name: &str) -> MeshName {
    MeshName::new(name).unwrap()
}

/// A proxy, by its address.
pub(crate) fn dataplane(of: &str, name: &str, address: &str) -> Resource {
    let inbound = serde_json::json!([{"port": 80, "tags": {"kuma.io/service": "web"}}]);
    resource("Dataplane", Some(of), name, serde_json::json!({"networking": {"address": address, "inbound": inbound}}))
}
