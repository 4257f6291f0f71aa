//! `take-back`: a zone whose session has ended does not believe in the last transfer that it took, as nobody has confirmed it:
//! with its next edit it writes its floor back to the one before. Broken: S3.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step, StoreKey,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

const FLOOR: &str = "floor/down";

/// `take-back`.
#[derive(Debug, Default)]
pub(super) struct TakeBack {
    floor: Option<Vec<u8>>,
    before: Option<Vec<u8>>,
    ended: bool,
}

impl Sabotage for TakeBack {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let is_edit = matches!(step, Step::Input(ZoneInput::Edit { .. }));
        self.ended |= matches!(step, Step::Input(ZoneInput::Closed { .. }));
        node.handle(now, step, out);
        for mut emit in taken(out) {
            match &mut emit {
                Emit::Store(batch) => {
                    if let Some((_, floor)) = batch.put.iter().find(|(key, _)| key.0 == FLOOR) {
                        self.before = self.floor.replace(floor.clone());
                    } else if self.ended && is_edit {
                        batch.put.extend(self.before.take().map(|floor| (StoreKey(FLOOR.to_owned()), floor)));
                    }
                }
                Emit::Effect(ZoneEffect::Hangup { .. }) => self.ended = true,
                _ => {}
            }
            out.push(emit);
        }
    }
}
