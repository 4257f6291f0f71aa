//! How soon the proxies of one zone have taken what appears in another: from the write there to the last acknowledgement here.
use crate::{
    stage_of_zones::{Stage, resource, zone},
    table,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use strait_core::{
    Emit,
    node::{ObservationChange, ProxySession, ToProxy, ZoneEffect},
    plan::Part,
};
use strait_scenarios::{
    event::{Event, Stepped, What},
    world::World as _,
};

const TIMES: usize = 40;
/// The proxies of the zone `field`.
const PROXIES: usize = 4;

pub(crate) fn measure(stage: &mut Stage) {
    let taken = (0..TIMES).map(|nth| once(stage, &format!("new-{nth}"))).collect();
    table::line(
        "a service appears in a zone, until the four Envoys of another have acknowledged it; goal p50: 60 ms, of which 40 are the way",
        taken,
    );
}

fn once(stage: &mut Stage, name: &str) -> Duration {
    let spec = json!({"selector": {"dataplaneTags": {"kuma.io/service": "api"}}, "ports": [{"port": 80, "targetPort": 80, "appProtocol": "http"}]});
    let (mut owed, mut took) = (BTreeMap::new(), BTreeSet::new());
    let began = stage.world.now();
    stage.put(&zone("west"), vec![resource("MeshService", Some("default"), name, spec)]);
    let ended = stage.until("all proxies know of it", |_, event| {
        event.into_iter().for_each(|event| follow(event, name, &mut owed, &mut took));
        took.len() == PROXIES
    });
    ended.since(began)
}

/// Notes who is told of the service, by which update, and who has taken that.
fn follow(event: &Event, name: &str, owed: &mut BTreeMap<ProxySession, u64>, took: &mut BTreeSet<ProxySession>) {
    let What::Stepped(Stepped::Zone { emits, .. }) = &event.what else { return };
    if event.node != zone("field") {
        return;
    }
    for emit in emits {
        match emit {
            Emit::Effect(ZoneEffect::Proxy(session, ToProxy::Plan(update))) => {
                let is_it = |part: &Part| matches!(part, Part::Outbound(outbound) if outbound.destination.service.name.as_str() == name);
                if update.put.iter().any(is_it) {
                    owed.insert(*session, update.number);
                }
            }
            Emit::Observed(ObservationChange::Proxy { status: Some(status), .. })
                if owed.get(&status.session).is_some_and(|number| *number <= status.took) =>
            {
                took.insert(status.session);
            }
            _ => {}
        }
    }
}
