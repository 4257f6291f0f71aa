//! `leak-across`: global passes on to a zone what other zones made for themselves, with the next response of its kind.
use super::{GlobalActor, Sabotage, taken};
use std::{collections::BTreeMap, sync::Arc};
use strait_core::{
    Emit, Out, Step,
    node::{GlobalEffect, GlobalInput, View},
    resource::{Across, Kind, Origin, Resource, ZoneName, labels},
    sync::{Lane, ResponseBody, Session},
    time::Now,
};

/// Knows who is at the other end of each session.
#[derive(Debug, Default)]
pub(super) struct LeakAcross {
    zones: BTreeMap<Session, ZoneName>,
}

impl Sabotage for LeakAcross {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Opened { session, zone, .. }) = &step {
            self.zones.insert(*session, zone.clone());
        }
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(GlobalEffect::Response(session, response)) = &mut emit
                && let (Lane::Down, ResponseBody::Resources { kind, put, .. }) = (response.lane, &mut response.body)
                && let Some(zone) = self.zones.get(session)
            {
                put.extend(local_to_others(node.view(), kind, zone));
            }
            out.push(emit);
        }
    }
}

/// What zones other than this made of a kind, if such a thing does not simply travel on; in the form in which global sends.
fn local_to_others(view: &View, kind: &Kind, zone: &ZoneName) -> Vec<Arc<Resource>> {
    let is_local = kind.facts().is_some_and(|facts| !matches!(facts.across, Across::Yes | Across::Reissued));
    let of_others = view.resources.values().filter(|held| {
        is_local && held.kind() == kind && held.origin() == Some(Origin::Zone) && held.zone().is_some_and(|home| home != *zone)
    });
    let sent = of_others.map(|held| {
        let mut sent = held.as_ref().clone();
        sent.labels.insert(labels::ORIGIN.to_owned(), "global".to_owned());
        Arc::new(sent)
    });
    sent.collect()
}
