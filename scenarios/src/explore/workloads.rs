//! The workloads of a case, if it has some: in a few zones one that asks, one that answers, a gateway, and an ingress; and what they ask.
use super::case::{Terms, mesh_name};
use crate::{
    event::NodeId,
    gateway::PassesOn,
    ingress,
    scenario::{Placed, Scenario},
    workload::{PORT, ProxyId, Spoken, Workload},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use strait_core::{
    resource::{ResourceName, ZoneName, from_json},
    sync::Dialect,
};

/// Who asks.
const WEB: &str = "web";
/// Who answers.
const API: &str = "api";
/// Who lets in whoever is in no mesh.
const EDGE: &str = "edge";
/// Those who answer in all zones.
const EVERYWHERE: &str = "everywhere.mzsvc.mesh.local";
/// How often each of them asks.
const EVERY: &str = "1s";

/// The zones that have workloads. Only those that are ours have, and only under a global of ours: models of Kuma's serve nobody.
pub(super) fn zones(terms: &Terms) -> Vec<ZoneName> {
    let can = terms.global == Dialect::Strait;
    let ours = terms.zones.iter().filter(|zone| can && zone.dialect == Dialect::Strait);
    ours.filter_map(|zone| zone.name()).take(terms.workloads).collect()
}

/// The ingress of a zone that has workloads.
fn ingress_of(zone: &ZoneName) -> Option<ProxyId> {
    Some(ProxyId { zone: zone.clone(), name: ResourceName::new(ingress::NAME).ok()? })
}

/// Adds them to the scenario of a case.
pub(super) fn add(terms: &Terms, stage: &mut Scenario) {
    let (zones, Some(mesh)) = (zones(terms), mesh_name(0)) else { return };
    for zone in &zones {
        let workloads = [(WEB, None), (API, None), (EDGE, Some(PassesOn { to: EVERYWHERE.to_owned(), port: PORT }))];
        for (name, gateway) in workloads {
            let Ok(id) = ResourceName::new(name) else { continue };
            let workload =
                Workload { mesh: mesh.clone(), service: name.to_owned(), port: PORT, protocol: Spoken::Http, gateway, pod: None };
            stage.proxies.insert(ProxyId { zone: zone.clone(), name: id }, workload);
        }
        stage.ingresses.extend(ingress_of(zone));
    }
    if !zones.is_empty() {
        let placed = RESOURCES.iter().filter_map(|resource| from_json(&resource()).ok());
        stage.resources.extend(placed.map(|resource| Placed { at: NodeId::Global, resource }));
    }
}

/// What is written before the first step: who everybody is, that all may ask all, and the union of those who answer.
const RESOURCES: &[fn() -> Value] = &[
    || {
        let bundled = json!({"autogenerate": {"enabled": true}, "certificateParameters": {"expiry": "1m"}});
        let spec = json!({"selector": {"dataplane": {"matchLabels": {}}}, "provider": {"type": "Bundled", "bundled": bundled}});
        json!({"type": "MeshIdentity", "mesh": "default", "name": "all", "spec": spec})
    },
    || {
        let all = json!({"spiffeID": {"type": "Prefix", "value": "spiffe://default."}});
        let spec = json!({"rules": [{"default": {"allow": [all]}}]});
        json!({"type": "MeshTrafficPermission", "mesh": "default", "name": "everybody", "spec": spec})
    },
    || {
        let selector = json!({"meshService": {"matchLabels": {"kuma.io/display-name": API}}});
        let spec = json!({"selector": selector, "ports": [{"port": PORT, "appProtocol": "http"}]});
        json!({"type": "MeshMultiZoneService", "mesh": "default", "name": "everywhere", "labels": {"app": API}, "spec": spec})
    },
];

/// The questions of the workloads of these zones: in the zone, into the next one, and from outside.
pub(super) fn questions(zones: &[ZoneName]) -> Vec<Value> {
    let mut questions = Vec::new();
    for (zone, next) in zones.iter().zip(zones.iter().cycle().skip(1)) {
        let from = format!("{zone}/{WEB}");
        questions.push(json!({"from": from, "name": format!("{API}.svc.mesh.local")}));
        if next != zone {
            questions.push(json!({"from": from, "name": format!("{API}.svc.{next}.mesh.local")}));
        }
        questions.push(json!({"from": from, "name": EVERYWHERE}));
        questions.push(json!({"from": "outside", "to": format!("{zone}/{EDGE}")}));
    }
    questions
}

/// All of them are asked again and again from the first step on, until all came to rest.
pub(super) fn traffic(zones: &[ZoneName]) -> Vec<Value> {
    let asked = questions(zones).into_iter().enumerate().map(|(number, mut question)| {
        question["called"] = json!(format!("traffic-{number}"));
        question["every"] = json!(EVERY);
        json!({"traffic": question})
    });
    asked.collect()
}

/// What workloads of a topology that a user brought ask all the time: in each zone the first asks for what there is in its zone and in others, and who is
/// outside asks the gateways.
pub(super) fn traffic_in(stage: &Scenario) -> Vec<Value> {
    let asked = questions_in(stage).into_iter().take(MOST_TRAFFIC).enumerate().map(|(number, mut question)| {
        question["called"] = json!(format!("drawn-{number}"));
        question["every"] = json!(EVERY);
        json!({"traffic": question})
    });
    asked.collect()
}

/// More is asked all the time by no case.
const MOST_TRAFFIC: usize = 24;

/// What workloads of a topology can ask, by the names that services have without anybody's doing.
pub(super) fn questions_in(stage: &Scenario) -> Vec<Value> {
    let (mut questions, mut askers) = (Vec::new(), BTreeSet::new());
    for (asker, workload) in &stage.proxies {
        if workload.gateway.is_some() {
            questions.push(json!({"from": "outside", "to": asker.to_string()}));
            continue;
        }
        if !askers.insert((&asker.zone, &workload.mesh)) {
            continue;
        }
        let mut asked = BTreeSet::new();
        for (other, there) in stage.proxies.iter().filter(|(_, there)| there.mesh == workload.mesh && there.gateway.is_none()) {
            let is_entered = stage.ingresses.iter().any(|ingress| ingress.zone == other.zone);
            let name = match other.zone == asker.zone {
                true => format!("{}.svc.mesh.local", there.service),
                false => format!("{}.svc.{}.mesh.local", there.service, other.zone),
            };
            if other == asker || (other.zone != asker.zone && !is_entered) || !asked.insert(name.clone()) {
                continue;
            }
            let mut question = json!({"from": asker.to_string(), "name": name});
            if there.port != PORT {
                question["port"] = json!(there.port);
            }
            if there.protocol == Spoken::Tcp {
                question["protocol"] = json!("tcp");
            }
            questions.push(question);
        }
    }
    questions
}
