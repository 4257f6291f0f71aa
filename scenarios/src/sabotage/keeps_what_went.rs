//! `keeps-what-went`: a zone does not notice when an object of its cluster is gone, or a pod about to go: neither when it is told, nor by a list.
//! Broken: L6.
use super::{Sabotage, ZoneActor};
use std::collections::BTreeMap;
use strait_core::{
    Out, Step,
    kubernetes::{Change, News, Object, ObjectId, Seen},
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// Knows all objects that there ever were.
#[derive(Debug, Default)]
pub(super) struct KeepsWhatWent {
    known: BTreeMap<ObjectId, Seen>,
}

impl KeepsWhatWent {
    fn sees(&mut self, seen: &mut Seen) {
        let Ok(object) = seen else { return };
        if let Object::Pod(pod) = object {
            (pod.is_finished, pod.is_leaving) = (false, false);
        }
        let id = object.id();
        self.known.insert(id, seen.clone());
    }
}

impl Sabotage for KeepsWhatWent {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        match &mut step {
            Step::Input(ZoneInput::Kubernetes(News::Changed(changes))) => {
                changes.retain(|change| !matches!(change, Change::Gone { .. }));
                for change in changes {
                    if let Change::Put(seen) = change {
                        self.sees(seen);
                    }
                }
            }
            Step::Input(ZoneInput::Kubernetes(News::Listed { kind, objects, .. })) => {
                objects.iter_mut().for_each(|seen| self.sees(seen));
                let is_listed = |id: &ObjectId| objects.iter().flatten().any(|object| object.id() == *id);
                let missing: Vec<Seen> =
                    self.known.iter().filter(|(id, _)| id.kind == *kind && !is_listed(id)).map(|(_, seen)| seen.clone()).collect();
                objects.extend(missing);
            }
            _ => {}
        }
        node.handle(now, step, out);
    }
}
