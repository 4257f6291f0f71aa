//! `restart`: a process comes back, with its disk or without.
use super::{Act, Stage, Timed, Verb, VerbFacts, verb};
use crate::{
    event::NodeId,
    language::{
        Shape,
        shape::{may, need},
    },
    world::Disk,
};

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "restart",
    does: "a process comes back (it is killed first if it runs); with `disk: empty` it finds nothing",
    shape: Shape::ControlPlaneOr(&[need("who", Shape::ControlPlane), may("disk", Shape::Choice(&["kept", "empty"]))]),
    read: |node, check| {
        if !node.is_map() {
            return verb(Restart { who: check.control_plane(node)?, disk: Disk::Kept });
        }
        let fields = check.fields(node, "`restart`", &["who", "disk"])?;
        let disk = match fields.get("disk") {
            Some(disk) if check.choice(disk, "disk", &["kept", "empty"])? == "empty" => Disk::Empty,
            _ => Disk::Kept,
        };
        let who = fields.need(check, "who")?;
        verb(Restart { who: check.control_plane(who)?, disk })
    },
};

#[derive(Debug)]
struct Restart {
    who: NodeId,
    disk: Disk,
}

impl Verb for Restart {
    fn plan(&self, _stage: &mut Stage<'_>) -> Vec<Timed> {
        Timed::now(Act::Restart(self.who.clone(), self.disk))
    }
}
