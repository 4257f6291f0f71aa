//! `no-backoff`: a zone whose session or dial has failed dials again at once. Broken: B3.
use super::{Sabotage, ZoneActor, taken};
use strait_core::{
    Emit, Out, Step,
    node::{ZoneEffect, ZoneInput},
    resource::ZoneName,
    time::Now,
};

/// `no-backoff`.
#[derive(Debug, Default)]
pub(super) struct NoBackoff {
    dialling: bool,
}

impl Sabotage for NoBackoff {
    fn zone(&mut self, _: &ZoneName, node: &mut ZoneActor, now: Now, step: Step<ZoneInput>, out: &mut Out<ZoneEffect>) {
        let failed = match &step {
            Step::Input(ZoneInput::Dialed(Err(_)) | ZoneInput::Closed { .. }) => true,
            Step::Input(ZoneInput::Dialed(Ok(_))) => {
                self.dialling = false;
                false
            }
            _ => false,
        };
        self.dialling &= !failed;
        node.handle(now, step, out);
        let mut again = failed;
        for emit in taken(out) {
            match emit {
                // Only one dial is under way at a time.
                Emit::Effect(ZoneEffect::Dial { .. }) if self.dialling => continue,
                Emit::Effect(ZoneEffect::Dial { .. }) => self.dialling = true,
                Emit::Effect(ZoneEffect::Hangup { .. }) => again = true,
                _ => {}
            }
            out.push(emit);
        }
        if again && !self.dialling {
            self.dialling = true;
            out.push(Emit::Effect(ZoneEffect::Dial { attempt: 2 }));
        }
    }
}
