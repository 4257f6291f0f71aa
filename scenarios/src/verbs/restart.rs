//! `restart`: a process comes back, with its disk or without.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{
        Check, Node, Process, Shape,
        shape::{may, need},
        vip_range,
    },
    world::Disk,
};
use strait_core::{sync::Dialect, vip::VipRange};

const FIELDS: &[&str] = &["who", "disk", "vips"];

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "restart",
    does: "a process comes back (it is killed first if it runs); with `disk: empty` it finds nothing; with `vips` a zone gives services addresses from there from now on; \
           a proxy, with its workload",
    shape: Shape::ProcessOr(&[need("who", Shape::Process), may("disk", Shape::Choice(&["kept", "empty"])), may("vips", Shape::Text)]),
    read: |node, check| {
        if !node.is_map() {
            return verb(Restart { who: check.process(node)?, disk: Disk::Kept, vips: None });
        }
        let fields = check.fields(node, "`restart`", FIELDS)?;
        let disk = match fields.get("disk") {
            Some(disk) if check.choice(disk, "disk", &["kept", "empty"])? == "empty" => Disk::Empty,
            _ => Disk::Kept,
        };
        let who = fields.need(check, "who")?;
        let who = check.process(who)?;
        if let (Process::Proxy(_) | Process::Forwarder(_), Disk::Empty, Some(set)) = (&who, disk, fields.get("disk")) {
            check.mistake(set.place, "only control planes keep something on their disks that they could lose", "leave `disk` out");
            return None;
        }
        let vips = match fields.get("vips") {
            Some(range) => Some(from_there(range, &who, check)?),
            None => None,
        };
        verb(Restart { who, disk, vips })
    },
};

/// `vips`: only who gives addresses can give them from elsewhere.
fn from_there(node: &Node, who: &Process, check: &mut Check) -> Option<VipRange> {
    let range = vip_range(node, check)?;
    let gives = match who {
        Process::ControlPlane(NodeId::Zone(zone)) => check.zones.get(zone) == Some(&Dialect::Strait),
        _ => false,
    };
    if !gives {
        check.mistake(node.place, "only a Strait zone of the topology gives addresses from a range that can be said", "leave `vips` out");
        return None;
    }
    Some(range)
}

#[derive(Debug)]
struct Restart {
    who: Process,
    disk: Disk,
    vips: Option<VipRange>,
}

impl Verb for Restart {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        let restart = match &self.who {
            Process::ControlPlane(who) => {
                let from = self.vips.map(|range| Act::GiveFrom(who.clone(), range));
                return from.into_iter().chain([Act::Restart(who.clone(), self.disk)]).flat_map(Timed::now).collect();
            }
            Process::Proxy(who) => Act::RestartProxy(who.clone()),
            Process::Forwarder(who) => Act::RestartForwarder(who.clone()),
        };
        Timed::now(restart)
    }
}
