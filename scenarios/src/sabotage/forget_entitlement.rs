//! `forget-entitlement`: global sends the secrets of every mesh along, whoever may hold which. Broken: S1.
use super::{GlobalActor, Sabotage, taken};
use std::sync::Arc;
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::{Resource, labels},
    sync::{Lane, ResponseBody},
    time::Now,
};

/// `forget-entitlement`.
#[derive(Debug)]
pub(super) struct ForgetEntitlement;

impl Sabotage for ForgetEntitlement {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(GlobalEffect::Response(_, response)) = &mut emit
                && let (Lane::Down, ResponseBody::Resources { kind, put, gone, .. }) = (response.lane, &mut response.body)
                && kind.as_str() == "Secret"
            {
                let held = node.view().resources.values().filter(|held| held.kind() == kind);
                let others: Vec<Arc<Resource>> = held.filter(|held| !put.iter().any(|put| put.key == held.key)).map(as_sent).collect();
                gone.retain(|key| !others.iter().any(|other| other.key == *key));
                put.extend(others);
            }
            out.push(emit);
        }
    }
}

/// A secret keeps its name on the way.
fn as_sent(held: &Arc<Resource>) -> Arc<Resource> {
    let mut sent = held.as_ref().clone();
    sent.labels.insert(labels::ORIGIN.to_owned(), "global".to_owned());
    Arc::new(sent)
}
