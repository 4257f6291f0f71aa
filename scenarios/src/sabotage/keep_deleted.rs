//! `keep-deleted`: what global deleted comes back with the next response of its kind, as if that were an older one.
use super::{Sabotage, ZoneActor, taken};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{ObservationChange, ZoneEffect, ZoneInput},
    resource::{Key, Origin, Resource, ZoneName},
    sync::{Lane, ResponseBody},
    time::Now,
};

/// Keeps the last version of what a zone dropped.
#[derive(Debug, Default)]
pub(super) struct KeepDeleted {
    kept: BTreeMap<Key, Arc<Resource>>,
}

impl KeepDeleted {
    /// Adds what was kept to a response of its kind, where a transfer ends.
    fn slip_in(&mut self, step: &mut Step<ZoneInput>) {
        let Step::Input(ZoneInput::Response(_, response)) = step else {
            return;
        };
        let (Lane::Down, ResponseBody::Resources { kind, put, gone, transfer, .. }) = (response.lane, &mut response.body) else {
            return;
        };
        for named in put.iter().map(|put| &put.key).chain(&*gone) {
            self.kept.remove(named);
        }
        if transfer.is_none_or(|transfer| transfer.last) {
            let (back, rest) = std::mem::take(&mut self.kept).into_iter().partition(|(key, _)| key.kind == *kind);
            self.kept = rest;
            put.extend(BTreeMap::into_values(back));
        }
    }
}

impl Sabotage for KeepDeleted {
    fn zone(&mut self, _zone: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        self.slip_in(&mut step);
        let before = node.observe().view.resources.clone();
        node.handle(now, step, out);
        for emit in taken(out) {
            if let Emit::Observed(ObservationChange::Dropped(key)) = &emit
                && let Some(dropped) = before.get(key).filter(|dropped| dropped.origin() == Some(Origin::Global))
            {
                self.kept.insert(key.clone(), Arc::clone(dropped));
            }
            out.push(emit);
        }
    }
}
