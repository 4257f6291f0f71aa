//! `restart`: a process comes back, with its disk or without.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    language::{
        Shape, Who,
        shape::{may, need},
    },
    world::Disk,
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "restart",
    does: "a process comes back (it is killed first if it runs); with `disk: empty` it finds nothing; a proxy, with its workload",
    shape: Shape::ControlPlaneOrProxyOr(&[need("who", Shape::ControlPlaneOrProxy), may("disk", Shape::Choice(&["kept", "empty"]))]),
    read: |node, check| {
        if !node.is_map() {
            return verb(Restart { who: check.who(node)?, disk: Disk::Kept });
        }
        let fields = check.fields(node, "`restart`", &["who", "disk"])?;
        let disk = match fields.get("disk") {
            Some(disk) if check.choice(disk, "disk", &["kept", "empty"])? == "empty" => Disk::Empty,
            _ => Disk::Kept,
        };
        let who = fields.need(check, "who")?;
        let who = check.who(who)?;
        if let (Who::Proxy(_), Disk::Empty, Some(set)) = (&who, disk, fields.get("disk")) {
            check.mistake(set.place, "a proxy keeps nothing on its disk", "leave `disk` out");
            return None;
        }
        verb(Restart { who, disk })
    },
};

#[derive(Debug)]
struct Restart {
    who: Who,
    disk: Disk,
}

impl Verb for Restart {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(match &self.who {
            Who::ControlPlane(who) => Act::Restart(who.clone(), self.disk),
            Who::Proxy(who) => Act::RestartProxy(who.clone()),
        })
    }
}
