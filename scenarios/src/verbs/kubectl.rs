//! `kubectl`: what an operator of a cluster does there.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    cluster::ClusterOrder,
    language::{
        Check, Fields, Node, Shape,
        clusters::{applied, from_file, is_object},
        shape::{may, need},
    },
};
use serde_json::{Value, json};
use strait_core::resource::ZoneName;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "kubectl",
    does: "an operator of a zone in Kubernetes applies objects (`apply`: a file with manifests, or `inline`: one object), deletes one (`delete` with `apiVersion`, `kind`, `namespace` and `name`), gives a Deployment another number of pods (`scale: NAME.NAMESPACE` with `replicas`), or has others take their place (`roll_out: NAME.NAMESPACE`); with `refused` the API must refuse it, for a reason with these words",
    shape: Shape::Fields(&[
        need("zone", Shape::Zone),
        may("apply", Shape::Text),
        may("inline", Shape::Anything),
        may("delete", Shape::Anything),
        may("scale", Shape::Text),
        may("replicas", Shape::Number),
        may("roll_out", Shape::Text),
        may("refused", Shape::Text),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`kubectl`", &FACTS.shape.names())?;
        let zone = fields.need(check, "zone").and_then(|zone| check.cluster(zone));
        let refused = match fields.get("refused") {
            Some(refused) => Some(check.text(refused, "`refused`")?.to_owned()),
            None => None,
        };
        let order = order(&fields, check);
        if let (Some(zone), Some(ClusterOrder::Apply(objects))) = (&zone, &order) {
            applied(zone, objects, check);
        }
        verb(Kubectl { zone: zone?, order: order?, refused })
    },
};

fn order(fields: &Fields<'_>, check: &mut Check) -> Option<ClusterOrder> {
    let verbs = ["apply", "inline", "delete", "scale", "roll_out"];
    let asked: Vec<(&str, &Node)> = verbs.iter().filter_map(|verb| Some((*verb, fields.get(verb)?))).collect();
    let [(wanted, node)] = asked[..] else {
        let help = "one of `apply`, `inline`, `delete`, `scale` and `roll_out`";
        check.mistake(fields.place(), format!("one thing is done at a time, not {}", asked.len()), help);
        return None;
    };
    if let Some(replicas) = fields.get("replicas").filter(|_| wanted != "scale") {
        check.mistake(replicas.place, "`replicas` goes with `scale`", "leave one of the two out");
        return None;
    }
    Some(match wanted {
        "apply" => ClusterOrder::Apply(from_file(node, check)?),
        "inline" => {
            let object = node.to_json();
            if !is_object(&object, node, check) {
                return None;
            }
            ClusterOrder::Apply(vec![object])
        }
        "delete" => ClusterOrder::Delete(named(node, check)?),
        "scale" => {
            let replicas = fields.need(check, "replicas").and_then(|replicas| check.number(replicas, "`replicas`"))?;
            ClusterOrder::Scale { deployment: deployment(node, check)?, replicas: u32::try_from(replicas).ok()? }
        }
        _ => ClusterOrder::RollOut { deployment: deployment(node, check)? },
    })
}

fn named(node: &Node, check: &mut Check) -> Option<Value> {
    let fields = check.fields(node, "`delete`", &["apiVersion", "kind", "namespace", "name"])?;
    let text = |field: &str, check: &mut Check| fields.need(check, field).and_then(|node| check.text(node, field).map(str::to_owned));
    let (version, kind, name) = (text("apiVersion", check), text("kind", check), text("name", check));
    let namespace = match fields.get("namespace") {
        Some(node) => Some(check.text(node, "a namespace")?.to_owned()),
        None => None,
    };
    Some(json!({"apiVersion": version?, "kind": kind?, "metadata": {"name": name?, "namespace": namespace}}))
}

/// `NAME.NAMESPACE`.
fn deployment(node: &Node, check: &mut Check) -> Option<(String, String)> {
    let text = check.text(node, "a Deployment")?;
    let parts = text.split_once('.').map(|(name, namespace)| (namespace.to_owned(), name.to_owned()));
    if parts.is_none() {
        check.mistake(node.place, format!("`{text}` names no Deployment"), "such as `web.shop`: its name and its namespace");
    }
    parts
}

#[derive(Debug)]
struct Kubectl {
    zone: ZoneName,
    order: ClusterOrder,
    refused: Option<String>,
}

impl Verb for Kubectl {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Cluster { zone: self.zone.clone(), order: self.order.clone(), refused: self.refused.clone() })
    }
}
