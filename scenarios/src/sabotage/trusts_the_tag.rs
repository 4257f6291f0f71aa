//! `trusts-the-tag`: global attributes a proxy to the zone that its tags name, not to the zone that sent it. Broken: S2.
use super::{GlobalActor, Sabotage, taken};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, ObservationChange},
    resource::{Key, Resource, labels},
    sync::ResponseBody,
    time::Now,
};

/// Remembers what proxies say of themselves.
#[derive(Debug, Default)]
pub(super) struct TrustsTheTag {
    said: BTreeMap<Key, String>,
}

impl Sabotage for TrustsTheTag {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Response(_, response)) = &step
            && let ResponseBody::Resources { put, .. } = &response.body
        {
            self.said.extend(put.iter().filter_map(|resource| Some((resource.key.clone(), named_in_tags(resource)?))));
        }
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Observed(ObservationChange::Holds(resource)) = &mut emit
                && let Some(zone) = self.said.get(&resource.key)
            {
                Arc::make_mut(resource).labels.insert(labels::ZONE.to_owned(), zone.clone());
            }
            out.push(emit);
        }
    }
}

fn named_in_tags(resource: &Resource) -> Option<String> {
    let inbounds = resource.spec.value()?.get("networking")?.get("inbound")?.as_array()?;
    inbounds.iter().find_map(|inbound| Some(inbound.get("tags")?.get(labels::ZONE)?.as_str()?.to_owned()))
}
