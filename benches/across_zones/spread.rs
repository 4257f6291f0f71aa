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
    node::{Change, ObservationChange, ProxySession, ToProxy, ZoneEffect},
    plan::Part,
    resource::Resource,
};
use strait_scenarios::{
    event::{Event, NodeId, Stepped, What},
    world::World as _,
};

const TIMES: usize = 40;
/// The proxies of the zone `field`.
const PROXIES: usize = 4;

pub(crate) fn measure(stage: &mut Stage) {
    let key = health_check().key;
    stage.change(&NodeId::Global, vec![Change::Delete(key)]);
    taken(stage);
    let plain = (0..TIMES).map(|nth| once(stage, &format!("new-{nth}"))).collect();
    table::line(
        "a service appears in a zone, until the four Envoys of another have acknowledged it; goal p50: 60 ms, of which 40 are the way",
        plain,
    );
    stage.put(&NodeId::Global, vec![health_check()]);
    taken(stage);
    let probed = (0..TIMES).map(|nth| once(stage, &format!("probed-{nth}"))).collect();
    table::line("the same under a `MeshHealthCheck`: an Envoy acknowledges a cluster once it has probed it there and back", probed);
}

/// As the file of the mesh has it.
fn health_check() -> Resource {
    let probe = json!({
        "interval": "1s", "noTrafficInterval": "1s", "timeout": "500ms", "unhealthyThreshold": 1, "healthyThreshold": 1, "http": {"path": "/"},
    });
    resource("MeshHealthCheck", Some("default"), "every-second", json!({"to": [{"targetRef": {"kind": "Mesh"}, "default": probe}]}))
}

/// Lets time pass until each proxy of the zone has taken an update.
fn taken(stage: &mut Stage) {
    let mut took = BTreeSet::new();
    stage.until("all proxies take what was edited", |_, event| {
        let stepped = event.filter(|event| event.node == zone("field")).map(|event| &event.what);
        if let Some(What::Stepped(Stepped::Zone { emits, .. })) = stepped {
            took.extend(emits.iter().filter_map(|emit| match emit {
                Emit::Observed(ObservationChange::Proxy { status: Some(status), .. }) if status.took == status.sent => Some(status.session),
                _ => None,
            }));
        }
        took.len() == PROXIES
    });
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
