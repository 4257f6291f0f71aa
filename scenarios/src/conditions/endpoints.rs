//! `endpoints`: behind how many addresses a zone sees a service served, by what it holds: proxies of its own, and ways into other zones.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    event::NodeId,
    language::{
        Shape,
        resources::mesh_or_default,
        shape::{may, need},
    },
};
use serde_json::Value;
use std::collections::BTreeSet;
use strait_core::{
    names::ServiceId,
    node::View,
    resource::{MeshName, Resource, ZoneName},
    sync::Dialect,
};

pub(super) const FACTS: ConditionFacts = ConditionFacts {
    name: "endpoints",
    does: "a zone sees a service served behind so many addresses, by what it holds: proxies of its own, and ways into the zones that serve it; of several of that name: of all, or of that of the zone `home`",
    shape: Shape::Fields(&[
        need("of", Shape::Text),
        may("mesh", Shape::Text),
        need("in", Shape::Zone),
        may("home", Shape::Zone),
        may("at_least", Shape::Number),
        may("at_most", Shape::Number),
    ]),
    beside: &[],
    read: |node, _, check| {
        let fields = check.fields(node, "`endpoints`", &FACTS.shape.names())?;
        let of = fields.need(check, "of").and_then(|of| check.text(of, "the name of a service").map(str::to_owned));
        let mesh = mesh_or_default(&fields, check);
        let zone = fields.need(check, "in").and_then(|at| Some((at, check.zone(at)?)));
        let home = match fields.get("home") {
            Some(home) => Some(check.zone(home)?),
            None => None,
        };
        let mut number = |field: &'static str| match fields.get(field) {
            Some(node) => check.number(node, field).map(Some),
            None => Some(None),
        };
        let (at_least, at_most) = (number("at_least")?, number("at_most")?);
        if at_least.is_none() && at_most.is_none() {
            check.mistake(node.place, "`endpoints` has no bound", "allowed: `at_least`, `at_most`");
            return None;
        }
        let (at, zone) = zone?;
        if check.zones.get(&zone) == Some(&Dialect::Kuma) {
            check.mistake(at.place, format!("{zone} is a model of Kuma's zone, which serves no proxies"), "name a zone of ours");
            return None;
        }
        condition(EndpointsOf { of: of?, mesh: mesh?, here: NodeId::Zone(zone.clone()), zone, home, at_least, at_most })
    },
};

#[derive(Debug)]
struct EndpointsOf {
    of: String,
    mesh: MeshName,
    here: NodeId,
    zone: ZoneName,
    home: Option<ZoneName>,
    at_least: Option<u64>,
    at_most: Option<u64>,
}

impl Condition for EndpointsOf {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let number = self.addresses(&scene.observe(&self.here)?.view).len() as u64;
        if self.at_least.is_none_or(|least| number >= least) && self.at_most.is_none_or(|most| number <= most) {
            return Ok(());
        }
        Err(format!("{} sees {}/{} served behind {number} addresses", self.zone, self.mesh, self.of))
    }

    fn about(&self) -> Option<&NodeId> {
        Some(&self.here)
    }

    fn service(&self) -> Option<&str> {
        Some(&self.of)
    }
}

impl EndpointsOf {
    fn addresses(&self, view: &View) -> BTreeSet<String> {
        let services = services(view, &self.mesh, &self.zone);
        let is_meant = |service: &ServiceId| service.name == self.of && (self.home.is_none() || service.zone == self.home);
        let mut found = BTreeSet::new();
        for (service, resource) in services.iter().filter(|(service, _)| is_meant(service)) {
            if service.zone.is_some() {
                self.served(view, service, resource, &mut found);
                continue;
            }
            // A union: of those that carry the labels that it names.
            let wanted = resource.spec.value().map(|spec| &spec["selector"]["meshService"]["matchLabels"]);
            for (part, resource) in services.iter().filter(|(part, _)| part.zone.is_some()) {
                if wanted.is_some_and(|wanted| carries(part, resource, wanted)) {
                    self.served(view, part, resource, &mut found);
                }
            }
        }
        found
    }

    /// Where one service of one zone is served.
    fn served(&self, view: &View, service: &ServiceId, resource: &Resource, found: &mut BTreeSet<String>) {
        let Some(spec) = resource.spec.value() else { return };
        if service.zone.as_ref() == Some(&self.zone) {
            let proxies = view.resources.values().filter(|held| held.kind().as_str() == "Dataplane" && held.mesh() == Some(&self.mesh));
            let own = proxies.filter(|proxy| proxy.zone().is_none_or(|zone| zone == self.zone));
            own.for_each(|proxy| found.extend(inbounds(proxy, &spec["selector"])));
            return;
        }
        let is_known = list(&spec["identities"]).iter().any(|identity| identity["type"] == "SpiffeID");
        let of_zone = view.resources.values().filter(|held| is_known && held.zone() == service.zone);
        found.extend(of_zone.filter_map(|held| way(held)));
    }
}

/// The services of a mesh, each with a resource that describes it.
fn services<'a>(view: &'a View, mesh: &MeshName, here: &ZoneName) -> Vec<(ServiceId, &'a Resource)> {
    let held = view.resources.values().filter(|held| held.mesh() == Some(mesh));
    held.filter_map(|held| Some((ServiceId::of(held, here)?, held.as_ref()))).collect()
}

fn carries(service: &ServiceId, resource: &Resource, wanted: &Value) -> bool {
    let Some(wanted) = wanted.as_object().filter(|wanted| !wanted.is_empty()) else { return false };
    wanted.iter().all(|(label, value)| match (label.as_str(), value.as_str()) {
        ("kuma.io/display-name", Some(value)) => service.name == value,
        ("kuma.io/zone", Some(value)) => service.zone.as_ref().is_some_and(|zone| zone.as_str() == value),
        (label, value) => resource.labels.get(label).map(String::as_str) == value,
    })
}

/// Where those inbounds of a proxy listen that a service selects, if they take traffic.
fn inbounds(proxy: &Resource, selector: &Value) -> Vec<String> {
    let Some(networking) = proxy.spec.value().map(|spec| &spec["networking"]) else { return Vec::new() };
    let all = |wanted: &Value, carried: &dyn Fn(&str) -> Option<String>| {
        wanted.as_object().is_some_and(|wanted| wanted.iter().all(|(name, value)| carried(name).as_deref() == value.as_str()))
    };
    let is_named = selector["dataplaneRef"]["name"].as_str() == Some(proxy.display_name());
    let is_labelled = all(&selector["dataplaneLabels"]["matchLabels"], &|label| proxy.labels.get(label).cloned());
    let serves = |inbound: &&Value| {
        let is_tagged = all(&selector["dataplaneTags"], &|tag| inbound["tags"][tag].as_str().map(str::to_owned));
        (is_named || is_labelled || is_tagged) && matches!(inbound["state"].as_str(), None | Some("Ready"))
    };
    let at = |inbound: &Value| {
        let address = inbound["address"].as_str().or_else(|| networking["address"].as_str()).unwrap_or_default();
        format!("{address}:{}", inbound["port"])
    };
    list(&networking["inbound"]).iter().filter(serves).map(at).collect()
}

/// Where other zones come into the zone that says this; `None`: it says something else.
fn way(held: &Resource) -> Option<String> {
    let spec = held.spec.value()?;
    match held.kind().as_str() {
        "MeshZoneAddress" => Some(format!("{}:{}", spec["address"].as_str()?, spec["port"])),
        "ZoneIngress" => {
            let networking = &spec["networking"];
            Some(format!("{}:{}", networking["advertisedAddress"].as_str()?, networking["advertisedPort"]))
        }
        _ => None,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
