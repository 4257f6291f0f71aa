//! `serve-disabled`: global goes on sending what a disabled zone exports, or one that lost the mesh, with the next response of its kind. Broken: S11.
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
pub(super) struct ServeDisabled {
    zones: BTreeMap<Session, ZoneName>,
}

impl Sabotage for ServeDisabled {
    fn global(&mut self, node: &mut GlobalActor, now: Now, step: Step<GlobalInput>, out: &mut Out<GlobalEffect>) {
        if let Step::Input(GlobalInput::Opened { session, zone, .. }) = &step {
            self.zones.insert(*session, zone.clone());
        }
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Effect(GlobalEffect::Response(session, response)) = &mut emit
                && let (Lane::Down, ResponseBody::Resources { kind, put, gone, .. }) = (response.lane, &mut response.body)
                && let Some(zone) = self.zones.get(session)
            {
                let served = of_withheld(node.view(), kind, zone);
                gone.retain(|key| !served.iter().any(|served| served.key == *key));
                put.extend(served);
            }
            out.push(emit);
        }
    }
}

/// What zones other than this export of a kind although they are disabled or not listed for the mesh, in the form in which global sends it.
fn of_withheld(view: &View, kind: &Kind, zone: &ZoneName) -> Vec<Arc<Resource>> {
    let is_disabled = |home: &ZoneName| {
        let named = |held: &&Arc<Resource>| held.kind().as_str() == "Zone" && held.key.name.as_str() == home.as_str();
        let said = view.resources.values().find(named).and_then(|held| held.spec.value());
        said.and_then(|spec| spec.get("enabled")).is_some_and(|enabled| enabled == false)
    };
    let is_unlisted = |home: &ZoneName, held: &Resource| {
        let of_mesh = |one: &&Arc<Resource>| one.kind().as_str() == "MeshZones" && one.mesh() == held.mesh();
        let mut said = view.resources.values().filter(of_mesh).filter_map(|one| one.spec.value()?.get("zones")?.as_array()).peekable();
        said.peek().is_some() && !said.flatten().any(|listed| listed == home.as_str())
    };
    let crosses = kind.facts().is_some_and(|facts| matches!(facts.across, Across::Yes | Across::Reissued));
    let exported = view.resources.values().filter(|held| {
        let home = held.zone().filter(|home| held.origin() == Some(Origin::Zone) && home != zone);
        crosses && held.kind() == kind && home.is_some_and(|home| is_disabled(&home) || is_unlisted(&home, held))
    });
    let sent = exported.map(|held| {
        let mut sent = held.as_ref().clone();
        sent.labels.insert(labels::ORIGIN.to_owned(), "global".to_owned());
        Arc::new(sent)
    });
    sent.collect()
}
