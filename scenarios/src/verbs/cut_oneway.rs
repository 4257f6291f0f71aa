//! `cut_oneway`: a link stops working in one direction.
use super::{Act, Stage, Timed, Verb, VerbFacts, cut, verb};
use crate::{
    event::NodeId,
    language::{
        Shape,
        shape::{may, need},
    },
    world::{CutHow, Direction},
};
use strait_core::resource::ZoneName;

pub(super) const FACTS: VerbFacts = VerbFacts {
    name: "cut_oneway",
    does: "what one end of a link sends no longer arrives, while the other way still works; nobody connects over such a link. `how` as for `cut`. `heal` heals it",
    shape: Shape::Fields(&[
        need("from", Shape::ControlPlane),
        need("to", Shape::ControlPlane),
        may("how", Shape::Choice(&["stall", "sever"])),
    ]),
    read: |node, check| {
        let fields = check.fields(node, "`cut_oneway`", &FACTS.shape.names())?;
        let from = fields.need(check, "from").and_then(|from| check.control_plane(from));
        let to = fields.need(check, "to").and_then(|to| check.control_plane(to));
        let how = cut::how(&fields, check)?;
        let (link, way) = match (from?, to?) {
            (NodeId::Global, NodeId::Zone(zone)) => (zone, Direction::Down),
            (NodeId::Zone(zone), NodeId::Global) => (zone, Direction::Up),
            _ => {
                let place = fields.place();
                check.mistake(place, "there is no such link: zones are connected to global only", "such as `{ from: global, to: east }`");
                return None;
            }
        };
        verb(CutOneway { link, way, how })
    },
};

#[derive(Debug)]
struct CutOneway {
    link: ZoneName,
    way: Direction,
    how: Option<CutHow>,
}

impl Verb for CutOneway {
    fn plan(&self, stage: &mut Stage<'_>) -> Vec<Timed> {
        let how = self.how.unwrap_or_else(|| cut::drawn(stage));
        Timed::now(Act::CutOneway(self.link.clone(), self.way, how))
    }
}
