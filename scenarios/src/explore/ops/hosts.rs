//! What happens to processes, hosts and disks.
use super::{OpClass, OpFacts, Target, Written, joined_name};
use crate::{cannot::Capability, event::NodeId};
use serde_json::json;

/// So many backups of one node are told apart.
const BACKUPS: usize = 2;

pub(super) const KILL: OpFacts = OpFacts {
    name: "kill",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let who = pick.one_of(&sight.rested_hosts(true))?;
        let step = json!({"kill": who.to_string()});
        Written::touching(Target::Host(who), step)
    },
};

pub(super) const POWER_LOSS: OpFacts = OpFacts {
    name: "power_loss",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let who = pick.one_of(&sight.rested_hosts(true))?;
        let step = json!({"power_loss": who.to_string()});
        Written::touching(Target::Host(who), step)
    },
};

pub(super) const RESTART: OpFacts = OpFacts {
    name: "restart",
    weight: 3,
    class: OpClass::Mend,
    write: |pick, sight| {
        let who = pick.one_of(&sight.rested_hosts(false))?;
        let step = json!({"restart": who.to_string()});
        Written::touching(Target::Host(who), step)
    },
};

/// A restart of what runs.
pub(super) const BOUNCE: OpFacts = OpFacts {
    name: "bounce",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let who = pick.one_of(&sight.rested_hosts(true))?;
        let step = json!({"restart": who.to_string()});
        Written::touching(Target::Host(who), step)
    },
};

pub(super) const CRASH: OpFacts = OpFacts {
    name: "crash",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let who = pick.one_of(&sight.rested_hosts(true)).filter(|_| sight.can(Capability::CrashPoints))?;
        let (disk, after) = (pick.one_of(&["kept", "torn", "lost"])?, 1 + pick.below(20));
        let step = json!({"crash": {"who": who.to_string(), "after": after, "disk": disk}});
        Written::touching(Target::Host(who), step)
    },
};

/// A process stands still, while its kernel goes on.
pub(super) const PAUSE: OpFacts = OpFacts {
    name: "pause",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let runs = |who: &NodeId| sight.is_rested(&Target::Host(who.clone()));
        let running: Vec<NodeId> = sight.fair_up().into_iter().filter(runs).collect();
        let who = pick.one_of(&running).filter(|_| sight.can(Capability::Pause))?;
        let step = json!({"pause": who.to_string()});
        Written::touching(Target::Host(who), step)
    },
};

pub(super) const RESUME: OpFacts = OpFacts {
    name: "resume",
    weight: 2,
    class: OpClass::Mend,
    write: |pick, sight| {
        let stands = |who: &NodeId| sight.live.world.is_paused(who) && sight.is_rested(&Target::Host(who.clone()));
        let paused: Vec<NodeId> = sight.nodes().into_iter().filter(stands).collect();
        let who = pick.one_of(&paused)?;
        let step = json!({"resume": who.to_string()});
        Written::touching(Target::Host(who), step)
    },
};

/// A host's clock jumps, or goes as wrong as real ones do.
pub(super) const SKEW: OpFacts = OpFacts {
    name: "skew",
    weight: 1,
    class: OpClass::Fault,
    write: |pick, sight| {
        let who = pick.one_of(&sight.fair_nodes())?.to_string();
        let jumps = pick.one_of(&["+90s", "-90s", "+1h", "-1h", "+400d", "-400d"])?;
        let rates = pick.one_of(&["500ppm", "-500ppm", "0ppm"])?;
        Written::step(if pick.below(2) == 0 {
            json!({"skew": {"who": who, "by": jumps}})
        } else {
            json!({"skew": {"who": who, "rate": rates}})
        })
    },
};

/// A host comes back with an empty disk.
pub(super) const EMPTY: OpFacts = OpFacts {
    name: "empty",
    weight: 1,
    class: OpClass::Fault,
    write: |pick, sight| {
        let who = pick.one_of(&sight.fair_nodes()).filter(|who| sight.is_rested(&Target::Host(who.clone())))?;
        let step = json!({"restart": {"who": who.to_string(), "disk": "empty"}});
        Written::touching(Target::Host(who), step)
    },
};

pub(super) const BACKUP: OpFacts = OpFacts {
    name: "backup",
    weight: 2,
    class: OpClass::Operator,
    write: |pick, sight| {
        let who = pick.one_of(&sight.fair_nodes())?;
        let called = format!("backup-{}", pick.below(BACKUPS));
        Written::step(json!({"backup": {"who": who.to_string(), "called": called}}))
    },
};

pub(super) const RESTORE: OpFacts = OpFacts {
    name: "restore",
    weight: 2,
    class: OpClass::Fault,
    write: |pick, sight| {
        let fair = sight.fair_nodes();
        let backups: Vec<_> = sight.behind.backups.iter().filter(|(who, _)| fair.contains(who)).cloned().collect();
        let (who, called) = pick.one_of(&backups).filter(|(who, _)| sight.is_rested(&Target::Host(who.clone())))?;
        let step = json!({"restore": {"who": who.to_string(), "called": called}});
        Written::touching(Target::Host(who), step)
    },
};

/// A second control plane under the name of a zone: once for each zone. Not under a plain Kuma global, which takes what both say by turns:
/// who made what is beyond the invariants there.
pub(super) const JOIN: OpFacts = OpFacts {
    name: "join",
    weight: 1,
    class: OpClass::Fault,
    write: |pick, sight| {
        let zone = pick.one_of(&sight.fair_zones()).filter(|_| sight.is_strait(&NodeId::Global))?;
        let called = joined_name(&zone)?;
        let is_it = |joined: &NodeId| joined.link() == Some(&called);
        if sight.behind.joined.iter().any(is_it) {
            return None;
        }
        Written::step(json!({"join": {"as": called, "zone": zone}}))
    },
};
