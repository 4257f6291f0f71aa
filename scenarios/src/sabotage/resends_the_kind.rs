//! `resends-the-kind`: with each change of a kind, global sends a zone everything of that kind that it has sent before. Broken: B6.
use super::{GlobalActor, Sabotage, taken};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput},
    resource::{Key, Resource},
    sync::{Lane, ResponseBody, Session},
    time::Now,
};

/// What was sent, by session.
#[derive(Debug, Default)]
pub(super) struct ResendsTheKind {
    sent: BTreeMap<Session, BTreeMap<Key, Arc<Resource>>>,
}

impl Sabotage for ResendsTheKind {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(GlobalEffect::Response(session, response)) = &mut emit
                && let (Lane::Down, ResponseBody::Resources { kind, put, gone, .. }) = (response.lane, &mut response.body)
            {
                let sent = self.sent.entry(*session).or_default();
                gone.iter().for_each(|key| drop(sent.remove(key)));
                let again: Vec<Arc<Resource>> =
                    sent.iter().filter(|(key, _)| key.kind == *kind).map(|(_, sent)| Arc::clone(sent)).collect();
                sent.extend(put.iter().map(|resource| (resource.key.clone(), Arc::clone(resource))));
                let is_put = |resource: &Arc<Resource>| put.iter().any(|put| put.key == resource.key);
                let again: Vec<Arc<Resource>> = again.into_iter().filter(|resource| !is_put(resource)).collect();
                put.extend(again);
            }
            out.push(emit);
        }
    }
}
