//! `restart`: a process comes back, with its disk or without.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    language::{
        Process, Shape,
        shape::{may, need},
    },
    world::Disk,
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "restart",
    does: "a process comes back (it is killed first if it runs); with `disk: empty` it finds nothing; a proxy, with its workload",
    shape: Shape::ProcessOr(&[need("who", Shape::Process), may("disk", Shape::Choice(&["kept", "empty"]))]),
    read: |node, check| {
        if !node.is_map() {
            return verb(Restart { who: check.process(node)?, disk: Disk::Kept });
        }
        let fields = check.fields(node, "`restart`", &["who", "disk"])?;
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
        verb(Restart { who, disk })
    },
};

#[derive(Debug)]
struct Restart {
    who: Process,
    disk: Disk,
}

impl Verb for Restart {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(match &self.who {
            Process::ControlPlane(who) => Act::Restart(who.clone(), self.disk),
            Process::Proxy(who) => Act::RestartProxy(who.clone()),
            Process::Forwarder(who) => Act::RestartForwarder(who.clone()),
        })
    }
}
