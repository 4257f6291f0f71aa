//! What requests notice of it when a zone that served them can no longer be reached, or whoever served them there is killed.
use crate::{
    stage_of_zones::{Stage, answered, resource},
    table,
};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use strait_core::{
    resource::{ResourceName, ZoneName},
    time::Mono,
};
use strait_scenarios::{
    event::NodeId,
    workload::{Answer, ProxyId},
    world::{CutHow, World as _},
    zone_pair::ZonePair,
};

const TIMES: usize = 5;
const EVERY: Duration = Duration::from_millis(20);
/// How long is asked after something broke.
const LASTS: Duration = Duration::from_secs(6);
/// Both zones serve it.
const NAME: &str = "api.mzsvc.mesh.local";

/// How requests fared.
struct Fared {
    asked: usize,
    failed: usize,
    /// From when it broke to when the last of those that failed was asked.
    lasted: Duration,
}

pub(crate) fn measure(stage: &mut Stage) {
    let pair = ZonePair::new(&ZoneName::new("east").unwrap(), &ZoneName::new("field").unwrap()).unwrap();
    let api = ProxyId { zone: ZoneName::new("east").unwrap(), name: ResourceName::new("api").unwrap() };
    let (mut severed, mut retried, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        severed.push(fared(stage, |stage| stage.world.cut_between(&pair, CutHow::Sever)));
        stage.world.heal_between(&pair);
        stage.until_answered("api.svc.east.mesh.local");
    }
    let to = json!({"targetRef": {"kind": "Mesh"}, "default": {"http": {
        "numRetries": 3, "perTryTimeout": "500ms", "retryOn": ["5xx", "ConnectFailure", "Reset"], "hostSelection": [{"predicate": "OmitPreviousHosts"}],
    }}});
    stage.put(&NodeId::Global, vec![resource("MeshRetry", Some("default"), "elsewhere", json!({"to": [to]}))]);
    for _ in 0..TIMES {
        retried.push(fared(stage, |stage| stage.world.cut_between(&pair, CutHow::Sever)));
        stage.world.heal_between(&pair);
        stage.until_answered("api.svc.east.mesh.local");
        refused.push(fared(stage, |stage| stage.world.kill_proxy(&api)));
        stage.world.restart_proxy(&api);
        stage.until_answered("api.svc.east.mesh.local");
    }
    for (what, fared) in [
        (
            "a link between zones is severed, health checks every second: the last request that fails is asked so long after; goal: 2 s",
            &severed,
        ),
        ("the same under a MeshRetry with 500 ms for a try", &retried),
        ("whoever serves in one zone is killed, under that MeshRetry", &refused),
    ] {
        table::line(what, fared.iter().map(|fared| fared.lasted).collect());
        let (asked, failed) = (fared.iter().map(|one| one.asked).sum::<usize>(), fared.iter().map(|one| one.failed).sum::<usize>());
        println!("| of {asked} requests then failed | {failed} | | | |");
    }
}

/// Asks again and again while something breaks.
fn fared(stage: &mut Stage, breaks: impl FnOnce(&mut Stage)) -> Fared {
    breaks(stage);
    let broke = stage.world.now();
    let mut open: BTreeMap<u64, Mono> = BTreeMap::new();
    let mut fared = Fared { asked: 0, failed: 0, lasted: Duration::ZERO };
    let mut next = broke;
    while stage.world.now() < broke.after(LASTS) || !open.is_empty() {
        if stage.world.now() >= next && stage.world.now() < broke.after(LASTS) {
            let now = stage.world.now();
            open.insert(stage.ask(NAME), now);
            fared.asked += 1;
            next = now.after(EVERY);
        }
        let until = stage.world.now().after(EVERY);
        for event in stage.world.advance(if next > stage.world.now() { next.min(until) } else { until }) {
            let Some((number, answer)) = answered(&event) else { continue };
            let Some(asked) = open.remove(&number) else { continue };
            if !matches!(answer, Answer::By { .. }) {
                fared.failed += 1;
                fared.lasted = fared.lasted.max(asked.since(broke));
            }
        }
    }
    fared
}
