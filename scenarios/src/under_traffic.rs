//! A scenario with traffic beside it: in zones of ours that it has, workloads ask each other within their zone and from one to the other, in a mesh of their
//! own, while the scenario does what it does. What it expects was written without them (how many bytes were sent, say), so only invariants judge.
use crate::{
    event::NodeId,
    ingress,
    language::LiveSteps,
    scenario::{Placed, Scenario},
    workload::{PORT, ProxyId, Spoken, Workload},
};
use serde_json::{Value, json};
use strait_core::{
    resource::{MeshName, ResourceName, ZoneName, from_json},
    sync::Dialect,
};

/// Their mesh.
const MESH: &str = "traffic";
/// Who asks.
const WEB: &str = "traffic-web";
/// Who answers.
const API: &str = "traffic-api";
/// How often each of them asks.
const EVERY: &str = "500ms";
/// So many zones have workloads.
const ZONES: usize = 2;

/// The scenario with traffic.
///
/// # Errors
/// Why it cannot have any.
pub fn under_traffic(scenario: &Scenario) -> Result<Scenario, &'static str> {
    if !scenario.proxies.is_empty() || !scenario.clusters.is_empty() {
        return Err("it has workloads of its own");
    }
    if scenario.global == Dialect::Kuma {
        return Err("the model of Kuma's global does not know who workloads are");
    }
    let can = |(zone, dialect): (&ZoneName, &Dialect)| {
        let contested = scenario.joins.values().any(|claimed| claimed == zone);
        (*dialect == Dialect::Strait && !contested).then(|| zone.clone())
    };
    let zones: Vec<ZoneName> = scenario.zones.iter().filter_map(can).take(ZONES).collect();
    if zones.is_empty() {
        return Err("none of its zones is ours alone");
    }
    let bad = |_| "the names of what is added are none";
    let mesh = MeshName::new(MESH).map_err(bad)?;
    let mut with = Scenario { under_traffic: true, crash_points: None, ..scenario.clone() };
    if with.meshes.contains(&mesh) {
        return Err("it has a mesh called `traffic`");
    }
    with.meshes.push(mesh.clone());
    for zone in &zones {
        for name in [WEB, API] {
            let workload =
                Workload { mesh: mesh.clone(), service: name.to_owned(), port: PORT, protocol: Spoken::Http, gateway: None, pod: None };
            with.proxies.insert(ProxyId { zone: zone.clone(), name: ResourceName::new(name).map_err(bad)? }, workload);
        }
        if zones.len() > 1 {
            with.ingresses.insert(ProxyId { zone: zone.clone(), name: ResourceName::new(ingress::NAME).map_err(bad)? });
        }
    }
    let placed = resources().into_iter().filter_map(|resource| from_json(&resource).ok());
    with.resources.splice(..0, placed.map(|resource| Placed { at: NodeId::Global, resource }));
    let mut steps = LiveSteps::new(&with);
    let asked: Vec<_> = questions(&zones).iter().filter_map(|step| steps.read(step).ok()).collect();
    with.steps.splice(..0, asked);
    Ok(with)
}

fn resources() -> [Value; 2] {
    let bundled = json!({"autogenerate": {"enabled": true}});
    let who = json!({"selector": {"dataplane": {"matchLabels": {}}}, "provider": {"type": "Bundled", "bundled": bundled}});
    let all = json!({"spiffeID": {"type": "Prefix", "value": format!("spiffe://{MESH}.")}});
    // Also an older build understands it.
    let may = json!({"targetRef": {"kind": "Mesh"}, "rules": [{"default": {"allow": [all]}}]});
    [
        json!({"type": "MeshIdentity", "mesh": MESH, "name": "traffic", "spec": who}),
        json!({"type": "MeshTrafficPermission", "mesh": MESH, "name": "traffic", "spec": may}),
    ]
}

/// What is asked from the first step on: in each zone, and from it into the next one.
fn questions(zones: &[ZoneName]) -> Vec<Value> {
    let ask = |called: String, zone: &ZoneName, name: String| json!({"traffic": {"called": called, "from": format!("{zone}/{WEB}"), "name": name, "every": EVERY}});
    let mut all = Vec::new();
    for (zone, next) in zones.iter().zip(zones.iter().cycle().skip(1)) {
        all.push(ask(format!("traffic-in-{zone}"), zone, format!("{API}.svc.mesh.local")));
        if next != zone {
            all.push(ask(format!("traffic-from-{zone}"), zone, format!("{API}.svc.{next}.mesh.local")));
        }
    }
    all
}
