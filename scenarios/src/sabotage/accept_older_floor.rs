//! `accept-older-floor`: with each edit of its own, a zone writes its floor back to the first that it had in this process, as if
//! that transfer had been accepted again. Broken: S3.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step, StoreKey,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

const FLOOR: &str = "floor/down";

/// `accept-older-floor`.
#[derive(Debug, Default)]
pub(super) struct AcceptOlderFloor {
    first: Option<Vec<u8>>,
}

impl Sabotage for AcceptOlderFloor {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let is_edit = matches!(step, Step::Input(ZoneInput::Edit { .. }));
        node.handle(now, step, out);
        for mut emit in taken(out) {
            if let Emit::Store(batch) = &mut emit {
                let floor = batch.put.iter().find(|(key, _)| key.0 == FLOOR).map(|(_, floor)| floor.clone());
                self.first = self.first.take().or(floor);
                batch.put.extend(self.first.clone().filter(|_| is_edit).map(|floor| (StoreKey(FLOOR.to_owned()), floor)));
            }
            out.push(emit);
        }
    }
}
