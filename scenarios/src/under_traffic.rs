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
/// So long the scenario waits for the first answers.
const BEGINS_WITHIN: &str = "20s";
/// So long they go on asking after the last step.
const AT_LAST: &str = "12s";
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
    let mut read = |step: &Value| steps.read(step).ok();
    let questions = questions(&zones);
    let asked: Vec<_> = questions.iter().flat_map(|question| [question.again_and_again(), question.until_answered()]).collect();
    with.steps.splice(..0, asked.iter().filter_map(&mut read));
    // What the last step did is seen in what is asked, too.
    with.steps.extend(read(&json!({ "wait": AT_LAST })));
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

/// What is asked from the first step on, until the last.
struct Question {
    from: String,
    name: String,
    /// Who should answer.
    zone: ZoneName,
}

impl Question {
    fn again_and_again(&self) -> Value {
        let called = format!("{} asks {}", self.from, self.name);
        json!({"traffic": {"called": called, "from": self.from, "name": self.name, "every": EVERY}})
    }

    /// The scenario begins once that was answered, or if it is not before long.
    fn until_answered(&self) -> Value {
        json!({"expect": {"reaches": {"from": self.from, "name": self.name, "answered_by": self.zone.as_str()}, "within": BEGINS_WITHIN}})
    }
}

/// In each zone, and from it into the next one.
fn questions(zones: &[ZoneName]) -> Vec<Question> {
    let mut all = Vec::new();
    for (zone, next) in zones.iter().zip(zones.iter().cycle().skip(1)) {
        let from = format!("{zone}/{WEB}");
        all.push(Question { from: from.clone(), name: format!("{API}.svc.mesh.local"), zone: zone.clone() });
        if next != zone {
            all.push(Question { from, name: format!("{API}.svc.{next}.mesh.local"), zone: next.clone() });
        }
    }
    all
}
