//! `gives-way`: a zone deletes its own resource where one of global's comes under the same name. Broken: S2.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{Change, Ticket, ZoneEffect, ZoneInput},
    resource::{Origin, ZoneName},
    sync::{Lane, ResponseBody},
    time::Now,
};

/// The answer to it reaches nobody.
const NOBODYS: Ticket = Ticket(u64::MAX);

/// `gives-way`.
#[derive(Debug, Default)]
pub(super) struct GivesWay;

impl Sabotage for GivesWay {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        if let Step::Input(ZoneInput::Response(_, response)) = &step
            && let (Lane::Down, ResponseBody::Resources { put, .. }) = (response.lane, &response.body)
        {
            let held = &node.view().resources;
            let is_own = |key| held.get(key).is_some_and(|held| held.origin() != Some(Origin::Global));
            let changes: Vec<Change> = put.iter().filter(|put| is_own(&put.key)).map(|put| Change::Delete(put.key.clone())).collect();
            if !changes.is_empty() {
                node.handle(now, Step::Input(ZoneInput::Edit { ticket: NOBODYS, changes }), out);
            }
        }
        node.handle(now, step, out);
        for emit in taken(out) {
            if !matches!(emit, Emit::Effect(ZoneEffect::Done { ticket: NOBODYS, .. })) {
                out.push(emit);
            }
        }
    }
}
