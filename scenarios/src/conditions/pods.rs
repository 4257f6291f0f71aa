//! `pods` and `rolled_out`: what a cluster says of the pods that a name means.
use super::{Condition, ConditionFacts, Scene, condition};
use crate::{
    cluster::is_meant_by,
    language::{Shape, shape::need},
    workload::ProxyId,
};
use serde_json::Value;
use strait_core::resource::ResourceName;

pub(super) const PODS: ConditionFacts = ConditionFacts {
    name: "pods",
    does: "so many of the pods that this name means are `ready`, as their cluster says, and are not about to end",
    shape: Shape::Proxy,
    beside: &[need("ready", Shape::Number)],
    read: |node, beside, check| {
        let of = check.pods(node);
        let ready = beside.need(check, "ready").and_then(|ready| check.number(ready, "`ready`"));
        condition(Pods { of: of?, ready: ready? })
    },
};

pub(super) const ROLLED_OUT: ConditionFacts = ConditionFacts {
    name: "rolled_out",
    does: "all pods of this Deployment are as it is now, ready, and there are no others, as its cluster says",
    shape: Shape::Proxy,
    beside: &[],
    read: |node, _, check| condition(RolledOut { of: check.pods(node)? }),
};

#[derive(Debug)]
struct Pods {
    of: ProxyId,
    ready: u64,
}

impl Condition for Pods {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let mut ready = 0;
        scene.world.look_at_cluster(&self.of.zone, &mut |api| {
            let is_ready = |pod: &&Value| {
                let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
                pod["metadata"]["deletionTimestamp"].is_null() && { conditions }
                    .any(|one| one["type"] == "Ready" && one["status"] == "True")
            };
            let pods = api.all_held("pods").map(|pod| &**pod);
            ready = pods.filter(|pod| is_such(pod, &self.of)).filter(is_ready).count() as u64;
        });
        if ready == self.ready { Ok(()) } else { Err(format!("{ready} pods of {} are ready", self.of)) }
    }
}

#[derive(Debug)]
struct RolledOut {
    of: ProxyId,
}

impl Condition for RolledOut {
    fn holds(&self, scene: &Scene<'_>) -> Result<(), String> {
        let mut judged = Err(format!("there is no Deployment {}", self.of));
        let (name, namespace) = self.of.name.as_str().split_once('.').unwrap_or_default();
        scene.world.look_at_cluster(&self.of.zone, &mut |api| {
            let Some(deployment) = api.held("deployments.apps", namespace, name) else { return };
            let number = |path: &[&str]| path.iter().fold(deployment, |value, name| &value[*name]).as_u64().unwrap_or_default();
            let wanted = number(&["spec", "replicas"]);
            let is_seen = number(&["status", "observedGeneration"]) >= number(&["metadata", "generation"]);
            let of = |field: &str| number(&["status", field]);
            let (all, updated, available) = (of("replicas"), of("updatedReplicas"), of("availableReplicas"));
            judged = if is_seen && all == wanted && updated == wanted && available == wanted {
                Ok(())
            } else {
                Err(format!("of {} {wanted} pods are wanted, {all} there, {updated} as it is now, {available} available", self.of))
            };
        });
        judged
    }
}

fn is_such(pod: &Value, of: &ProxyId) -> bool {
    let text = |field: &str| pod["metadata"][field].as_str().unwrap_or_default();
    let name = ResourceName::new(&format!("{}.{}", text("name"), text("namespace")));
    name.is_ok_and(|name| is_meant_by(&ProxyId { zone: of.zone.clone(), name }, of))
}
