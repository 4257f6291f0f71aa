//! What happens to workloads and to what carries their questions: proxies, ingresses and forwarders end, and links between zones are cut.
use super::{OpClass, OpFacts, Sight, Target, Written};
use crate::zone_pair::ZonePair;
use serde_json::json;

pub(super) const KILL_PROCESS: OpFacts = OpFacts {
    name: "kill_process",
    weight: 4,
    class: OpClass::Wayside,
    write: |pick, sight| {
        let who = pick.one_of(&processes(sight, false))?;
        Written::touching(Target::Process(who.clone()), json!({"kill": who}))
    },
};

pub(super) const RESTART_PROCESS: OpFacts = OpFacts {
    name: "restart_process",
    weight: 3,
    class: OpClass::WaysideMend,
    write: |pick, sight| {
        let who = pick.one_of(&processes(sight, true))?;
        Written::touching(Target::Process(who.clone()), json!({"restart": who}))
    },
};

pub(super) const CUT_BETWEEN: OpFacts = OpFacts {
    name: "cut_between",
    weight: 3,
    class: OpClass::Wayside,
    write: |pick, sight| {
        let pair = pick.one_of(&pairs(sight, false))?;
        let how = pick.one_of(&["stall", "sever"])?;
        let step = json!({"cut": {"between": pair.zones(), "how": how}});
        Written::touching(Target::Between(pair), step)
    },
};

pub(super) const HEAL_BETWEEN: OpFacts = OpFacts {
    name: "heal_between",
    weight: 3,
    class: OpClass::WaysideMend,
    write: |pick, sight| {
        let pair = pick.one_of(&pairs(sight, true))?;
        let step = json!({"heal": {"between": pair.zones()}});
        Written::touching(Target::Between(pair), step)
    },
};

/// Proxies, ingresses and forwarders that are up, or down, and were left alone for long enough.
fn processes(sight: &Sight<'_>, down: bool) -> Vec<String> {
    let stage = sight.scene().scenario;
    let proxies = stage.proxies.keys().chain(&stage.ingresses).map(ToString::to_string);
    let all = proxies.chain(stage.forwarders.keys().map(ToString::to_string));
    let is = |who: &String| sight.behind.down.contains(who) == down && !sight.spares(who) && sight.is_rested(&Target::Process(who.clone()));
    all.filter(is).collect()
}

/// Links between zones that have workloads which are cut, or whole, and were left alone for long enough.
fn pairs(sight: &Sight<'_>, cut: bool) -> Vec<ZonePair> {
    let zones = sight.workload_zones();
    let mut pairs = Vec::new();
    for (index, one) in zones.iter().enumerate() {
        pairs.extend(zones[index + 1..].iter().filter_map(|other| ZonePair::new(one, other)));
    }
    let is_fair = |pair: &ZonePair| pair.zones().iter().all(|zone| !sight.spares(zone.as_str()));
    let is = |pair: &ZonePair| sight.behind.cut_between.contains(pair) == cut && sight.is_rested(&Target::Between(pair.clone()));
    pairs.into_iter().filter(|pair| is(pair) && is_fair(pair)).collect()
}
