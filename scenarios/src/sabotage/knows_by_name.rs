//! `knows-by-name`: a zone takes what is made again under a name that it knows for what it had of that name. Broken: S10.
use super::{Sabotage, ZoneActor};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};
use strait_core::{
    Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::{Key, Resource, ZoneName},
    sync::{Lane, ResponseBody},
    time::Now,
};

/// `knows-by-name`.
#[derive(Debug, Default)]
pub(super) struct KnowsByName {
    known: BTreeMap<Key, Arc<Resource>>,
}

impl Sabotage for KnowsByName {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, mut step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Response(_, response)) = &mut step
            && let (Lane::Down, ResponseBody::Resources { put, .. }) = (response.lane, &mut response.body)
        {
            for put in put.iter_mut() {
                match self.known.entry(put.key.clone()) {
                    Entry::Vacant(unknown) => _ = unknown.insert(Arc::clone(put)),
                    Entry::Occupied(known) => *put = Arc::clone(known.get()),
                }
            }
        }
        node.handle(now, step, out);
    }
}
